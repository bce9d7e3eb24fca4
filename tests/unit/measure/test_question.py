"""Which unit and measure is meant: by key, or by a code or name that only one has; else who could be meant."""

import re

import pytest

from orchestration.errors import UsageError
from orchestration.measure.question import Unit, check_measure, find_unit

UNITS = [
    Unit("department:D100", "D100", "General Surgery", False),
    Unit("department:D101", "D101", "Urology", False),
    Unit("division:SUR", "SUR", "Urology", False),
    Unit("post:P1", "P1", "Dr J Crowden (Cardiology)", False),
    Unit("post:P2", "P2", "Dr J Crowden (General Medicine)", False),
    Unit("unattributed:D100", "D100", "Not attributed", True),
]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("department:D100", "department:D100"),
        ("unattributed:D100", "unattributed:D100"),
        ("D100", "department:D100"),
        ("d100", "department:D100"),
        (" general surgery ", "department:D100"),
        ("Dr J Crowden (Cardiology)", "post:P1"),
    ],
)
def test_unit__is_found_by_key_code_or_name(text: str, key: str) -> None:
    assert find_unit(text, UNITS).org_unit_key == key


def test_unit__whose_name_several_have_is_refused_with_all_of_them() -> None:
    said = "'urology' means several units: give one of Urology (department:D101), Urology (division:SUR)."
    with pytest.raises(UsageError, match=re.escape(said)):
        find_unit("urology", UNITS)


def test_unit__that_is_unknown_is_refused_with_those_near_it() -> None:
    with pytest.raises(UsageError, match=r"no unit 'Dr J Crowden'; near it are .*\(post:P1\), .*\(post:P2\)\.$"):
        find_unit("Dr J Crowden", UNITS)
    with pytest.raises(UsageError, match=r"no unit 'x': `marts\.dim_org_unit` lists all"):
        find_unit("x", UNITS)


def test_measure__that_is_unknown_is_refused_with_those_near_it() -> None:
    check_measure("dna_rate", ["dna_rate"])
    with pytest.raises(UsageError, match=r"no measure 'dna_rates'; near it are dna_rate\.$"):
        check_measure("dna_rates", ["finished_spells", "dna_rate"])
    with pytest.raises(UsageError, match=r"no measure 'x': there are dna_rate, finished_spells\.$"):
        check_measure("x", ["finished_spells", "dna_rate"])
