"""What people type into the forms of review, and how days and figures come back: pure functions, and the templates."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.server.review import typed, words
from dashboards.server.review.errors import BadInputError

TEMPLATES = Path(__file__).resolve().parents[3] / "dashboards" / "server" / "review" / "templates" / "review"


@pytest.mark.parametrize(
    ("written", "unit", "kept"),
    [
        ("92.5", "proportion", Decimal("0.925")),
        ("92,5 %", "proportion", Decimal("0.925")),
        ("100%", "proportion", Decimal(1)),
        ("4.2", "days", Decimal("4.2")),
        (" 12 ", "count", Decimal(12)),
        ("-3", "minutes", Decimal(-3)),
    ],
)
def test_number__is_kept_in_the_unit_of_the_warehouse(written: str, unit: str, kept: Decimal) -> None:
    assert typed.number({"target": written}, "target", unit) == kept


@pytest.mark.parametrize("written", ["", "many", "nan", "inf", "1.2.3", "1 000 000 €"])
def test_number__that_is_none_is_said_at_its_field(written: str) -> None:
    with pytest.raises(BadInputError) as refused:
        typed.number({"target": written}, "target", "proportion")
    assert refused.value.field == "target"


@pytest.mark.parametrize("written", ["", "31/03/2027", "2027-02-30", "tomorrow"])
def test_day__that_is_none_is_said_at_its_field(written: str) -> None:
    with pytest.raises(BadInputError) as refused:
        typed.day({"by_on": written}, "by_on")
    assert refused.value.field == "by_on"


def test_day_and_month__are_read_as_browsers_send_them() -> None:
    assert typed.day({"by_on": "2027-03-31"}, "by_on") == date(2027, 3, 31)
    assert typed.day_or_none({}, "by_on") is None
    assert typed.month({"month_on": "2026-09"}, "month_on") == date(2026, 9, 1)
    assert typed.month_or_none({"month": "2026-13"}, "month") is None


@given(st.text())
def test_text__holds_nothing_that_the_database_cannot_keep(written: str) -> None:
    kept = typed.text({"evidence": written}, "evidence")
    assert "\x00" not in kept and kept == kept.strip()
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", kept)


def test_text__keeps_its_lines() -> None:
    assert typed.text({"evidence": " a\r\nb\x00\n "}, "evidence") == "a\nb"


@given(st.text())
def test_whole__is_a_number_that_the_database_counts_with_or_none(written: str) -> None:
    number = typed.whole({"id": written}, "id")
    assert number is None or 0 <= number < 2**63


@pytest.mark.parametrize(("written", "number"), [("12", 12), ("", None), ("-1", None), ("²", None), (str(2**63), None)])
def test_whole__takes_digits_alone(written: str, number: int | None) -> None:
    assert typed.whole({"id": written}, "id") == number


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (Decimal("0.08249"), "proportion", "8.2%"),
        (Decimal("0.925"), "proportion", "92.5%"),
        (Decimal("1.26"), "days", "1.3 days"),
        (Decimal("13.70"), "minutes", "13.7 min"),
        (Decimal("1542.0"), "count", "1,542"),
        (Decimal("2.96"), "ratio", "3.0"),
        (None, "proportion", "none"),
    ],
)
def test_figure__is_written_as_people_read_it(value: Decimal | None, unit: str, text: str) -> None:
    assert words.figure(value, unit) == text


def test_moment__is_that_of_the_clock_on_the_wall() -> None:
    summer = datetime(2026, 7, 3, 23, 30, tzinfo=UTC)
    winter = datetime(2026, 12, 3, 9, 5, tzinfo=UTC)
    assert words.moment(summer) == "4 July 2026, 00:30"
    assert words.moment(winter) == "3 December 2026, 09:05"


def test_counted__knows_one_from_many() -> None:
    told = [words.counted(number, "record") for number in (0, 1, 1200)]
    assert told == ["0 records", "1 record", "1,200 records"]


def test_every_form__carries_its_token_and_none_a_script() -> None:
    """A form without its token could be sent by another site; a page without a script cannot run what people wrote."""
    forms = 0
    for path in TEMPLATES.glob("*.html"):
        text = path.read_text()
        assert "<script" not in text and not re.search(r"\son\w+=", text), path.name
        assert "|safe" not in text and "autoescape" not in text, path.name
        for form in re.findall(r'<form method="post".*?</form>', text, re.S):
            forms += 1
            assert "form.token(" in form, path.name
    assert forms >= 13
