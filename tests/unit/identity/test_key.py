"""A pseudonym is the HMAC-SHA-256 of purpose and identifier, cut to 128 bits: worked here step by step (RFC 2104)."""

import hashlib

import pytest

from orchestration.extract.contract import WHO
from orchestration.extract.declaration import contract
from orchestration.extract.errors import ContractError
from orchestration.identity.key import pseudonym

KEY = b"a key of the test, which is long enough"


def by_hand(key: bytes, message: bytes) -> str:
    padded = key.ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded) + message).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in padded) + inner).hexdigest()[:32]


@pytest.mark.parametrize("identifier", ["N0000001", "", "O'Néil 7", "C1234567"])
def test_pseudonym__is_the_keyed_hash_worked_by_hand(identifier: str) -> None:
    assert pseudonym(KEY, "patient", identifier) == by_hand(KEY, b"patient\0" + identifier.encode())


def test_pseudonym__differs_by_purpose_identifier_and_key() -> None:
    made = {
        pseudonym(key, purpose, identifier)
        for key in (KEY, KEY + b"!")
        for purpose in (*WHO, "key check")
        for identifier in ("1", "2", "12")
    }
    assert len(made) == 2 * 3 * 3
    assert {len(one) for one in made} == {32}


@pytest.mark.parametrize(("data_type", "said"), [("text", "somebody"), ("text", ["patient"]), ("date", "patient")])
def test_contract__whom_a_column_identifies_is_a_patient_or_a_clinician_by_text(data_type: str, said: object) -> None:
    table = {
        "name": "visit",
        "identifier": "ward__visit",
        "columns": [
            {"name": "number", "data_type": data_type, "config": {"meta": {"required": True, "identifies": said}}}
        ],
    }
    extract = {
        "file_pattern": "ward__visit__{extracted_at}.csv",
        "delimiter": ",",
        "encoding": "utf-8",
        "delivery_kind": "append",
        "business_key": ["number"],
    }
    with pytest.raises(ContractError, match=r"column number: identifies is .*declare patient or clinician"):
        contract("ward.visit", {"name": "ward", "schema": "raw"}, table, extract)
