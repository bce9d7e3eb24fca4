"""The key of the pseudonyms: a file outside the database, known again by a value that does not give it away."""

import hmac
from pathlib import Path

from psycopg import Connection

from orchestration import secret
from orchestration.errors import WarehouseError

FILE = "pseudonym_key"
_ENTROPY_BYTES = 32
_PSEUDONYM_BYTES = 16
_CHECK = "key check"


class PseudonymKeyError(WarehouseError):
    """The key is lost, spoilt or another one: two kinds of pseudonyms would mix, and nobody be found again."""


def read(connection: Connection, secrets: Path) -> bytes:
    """Return the key in the folder `secrets`; make it where the database holds no pseudonym of any key yet.

    Raises `PseudonymKeyError` when it is not the key with which the pseudonyms in the database were made.
    """
    path = secrets / FILE
    row = connection.execute("select key_check from identity.pseudonym_key").fetchone()
    if row is not None and not path.exists():
        raise _wrong(path, "is not there")
    key = secret.read_or_make(path, _ENTROPY_BYTES).strip().encode()
    if len(key) < _ENTROPY_BYTES:
        raise _wrong(path, "is cut short")
    check = pseudonym(key, _CHECK, "")
    if row is None:
        connection.execute("insert into identity.pseudonym_key (key_check) values (%s)", [check])
    elif not hmac.compare_digest(row[0], check):
        raise _wrong(path, "is not the one with which the pseudonyms in this database were made")
    return key


def pseudonym(key: bytes, purpose: str, identifier: str) -> str:
    """Return what stands for `identifier`: the first 128 bits of its HMAC-SHA-256, in hex; another for each purpose."""
    # Neither text can hold a NUL in Postgres, so no two pairs read the same.
    said = f"{purpose}\0{identifier}".encode()
    return hmac.digest(key, said, "sha256")[:_PSEUDONYM_BYTES].hex()


def _wrong(path: Path, what: str) -> PseudonymKeyError:
    return PseudonymKeyError(
        f"The key of the pseudonyms, {path}, {what}: put it back from the backup of secrets; if it is lost for good, "
        "remove that file, empty identity.pseudonym and identity.pseudonym_key as cpw_owner, and with the next run "
        "every patient and clinician gets a new key."
    )
