"""Columns are found by the names that CDS v6-2 and v6-3 give them."""

import pytest

from orchestration.extract import contracts, header

CONTRACTS = {contract.name: contract for contract in contracts.load()}


@pytest.mark.parametrize(
    ("extract", "column", "names"),
    [
        ("pas__consultant_episode", "admission_method_code", ["ADMISSION METHOD", "Method of Admission"]),
        ("pas__consultant_episode", "discharge_method_code", ["DISCHARGE METHOD", "METHOD OF DISCHARGE"]),
        ("pas__consultant_episode", "consultant_code", ["CONSULTANT CODE", "CARE PROFESSIONAL CODE"]),
        (
            "pas__outpatient_attendance",
            "attended_or_did_not_attend_code",
            ["ATTENDED OR DID NOT ATTEND", "ATTENDANCE STATUS"],
        ),
    ],
)
def test_columns__of_either_version_are_one(extract, column, names):
    contract = CONTRACTS[extract]
    for name in [*names, column.upper()]:
        said = [name if declared.name == column else declared.header for declared in contract.columns]
        assert column in header.columns(",".join(said).encode(), contract, "file.csv")
