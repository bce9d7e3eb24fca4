"""Files find their contract by name and are taken in the order of their extract times."""

from datetime import datetime

import pytest

from orchestration.extract import contracts, folder
from orchestration.extract.errors import ExtractError

CONTRACTS = contracts.load()


def test_match__orders_by_extract_time_then_name_and_lists_the_rest(tmp_path):
    for name in (
        "pas__patient__20261001.csv",
        "workforce__post__20260901.csv",
        "pas__patient__20260930T2359.csv",
        "pas__patient__20261399.csv",
        "pas__patients__20260930.csv",
        "notes.txt",
        ".pas__patient__20260930.csv",
    ):
        (tmp_path / name).touch()
    (tmp_path / "truth").mkdir()
    found = folder.match(tmp_path, CONTRACTS)
    assert [arrival.path.name for arrival in found.arrivals] == [
        "workforce__post__20260901.csv",
        "pas__patient__20260930T2359.csv",
        "pas__patient__20261001.csv",
    ]
    assert found.arrivals[0].contract.name == "workforce__post"
    # British Summer Time: the source's 23:59 is 22:59 in UTC.
    assert found.arrivals[1].extracted_at == datetime.fromisoformat("2026-09-30T22:59+00:00")
    reasons = {unmatched.path.name: unmatched.reason for unmatched in found.unmatched}
    assert set(reasons) == {"notes.txt", "pas__patient__20261399.csv", "pas__patients__20260930.csv"}
    assert "20261399 is not an extract time" in reasons["pas__patient__20261399.csv"]


def test_match__an_empty_folder_has_nothing(tmp_path):
    assert folder.match(tmp_path, CONTRACTS) == folder.Match((), ())


def test_match__a_missing_folder_is_an_error_of_one_sentence(tmp_path):
    with pytest.raises(ExtractError, match="does not exist: make it, or name another"):
        folder.match(tmp_path / "nowhere", CONTRACTS)


def test_match__a_file_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ExtractError, match="cannot be read"):
        folder.match(tmp_path / "file", CONTRACTS)


def test_arrival__refuses_a_name_of_another_contract(tmp_path):
    patient = next(contract for contract in CONTRACTS if contract.name == "pas__patient")
    with pytest.raises(ExtractError, match="does not match pas__patient__"):
        folder.arrival(tmp_path / "workforce__post__20260901.csv", patient)
