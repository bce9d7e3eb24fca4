"""Figures in words: values in their unit, differences with their sign, tables in columns."""

from decimal import Decimal

import pytest

from orchestration.measure.figure import Scale, amount, how_many, table


@pytest.mark.parametrize(
    ("scale", "value", "said"),
    [
        (Scale("proportion"), "0.123456", "12.35%"),
        (Scale("proportion"), "0", "0.00%"),
        (Scale("count"), "1234", "1,234"),
        (Scale("count"), "10.5", "10.5"),
        (Scale("days"), "4.2", "4.20 days"),
        (Scale("minutes"), "1234.567", "1,234.57 minutes"),
        (Scale("ratio", "cases per list"), "0.914", "0.91 cases per list"),
    ],
)
def test_value__is_told_in_the_unit_of_its_measure(scale: Scale, value: str, said: str) -> None:
    assert scale.value(Decimal(value)) == said


def test_value__that_is_none_is_not_nought() -> None:
    assert Scale("proportion").value(None) == "no value"


@pytest.mark.parametrize(
    ("unit", "before", "after", "said"),
    [
        ("proportion", "0.123", "0.121", "-0.20 points"),
        ("proportion", "0.121", "0.123", "+0.20 points"),
        ("proportion", "0.1", "0.10001", "+1.0e-3 points"),
        ("proportion", "0.1", "0.1", "+0.00 points"),
        ("count", "100", "88", "-12"),
        ("count", "988", "2100", "+1,112"),
        ("days", "4", "4.25", "+0.25 days"),
    ],
)
def test_difference__has_its_sign_and_what_moved_a_little_is_not_nought(
    unit: str, before: str, after: str, said: str
) -> None:
    assert Scale(unit).difference(Decimal(before), Decimal(after)) == said


def test_difference__with_no_value_is_left_open() -> None:
    assert Scale("days").difference(None, Decimal(1)) == Scale("days").difference(Decimal(1), None) == ""


@pytest.mark.parametrize(
    ("value", "said"),
    [("0.000000000000", "0"), ("1200.000000000000", "1,200"), ("12.333333333333", "12.33"), (None, "")],
)
def test_amount__has_no_needless_places(value: str | None, said: str) -> None:
    assert amount(Decimal(value) if value else None) == said


def test_how_many__is_one_or_several() -> None:
    assert (how_many(1, "record"), how_many(0, "record"), how_many(2000, "record")) == (
        "1 record", "0 records", "2,000 records",
    )  # fmt: skip


def test_table__has_names_to_the_left_and_numbers_to_the_right() -> None:
    lines = table(("unit", "records"), [("a", "1"), ("a longer one", "1,000")], right=("records",))
    assert lines == ["unit          records", "a                   1", "a longer one    1,000"]
