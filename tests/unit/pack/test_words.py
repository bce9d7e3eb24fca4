"""Numbers and days as pages write them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from orchestration.pack import words


@pytest.mark.parametrize(
    ("amount", "unit", "said"),
    [
        (Decimal("0.0845"), "proportion", "8.5%"),  # a half is rounded away from nought, as by Postgres
        (Decimal("1234.5"), "count", "1,235"),
        (Decimal("4.25"), "days", "4.3 days"),
        (Decimal("-0.125"), "ratio", "-0.13"),
        (Decimal("12.04"), "minutes", "12.0 min"),
        (None, "proportion", words.NOTHING),
    ],
)
def test_value__reads_as_on_pages(amount: Decimal | None, unit: str, said: str) -> None:
    assert words.value(amount, unit) == said


def test_moments__are_of_the_clock_of_the_trust() -> None:
    assert words.moment(datetime(2026, 3, 31, 23, 30, tzinfo=UTC)) == "1 Apr 2026 00:30"
    assert words.day(date(2026, 9, 1)) == "1 Sep 2026"


def test_plain__has_no_needless_places() -> None:
    amounts = (Decimal("12.00"), 1000, 0.126, None)
    assert [words.plain(amount) for amount in amounts] == ["12", "1,000", "0.13", words.NOTHING]


def test_text_of_html__is_what_is_read() -> None:
    assert words.text_of("<div><b>A &amp; B</b>,\n 5 &lt; 6</div>") == "A & B, 5 < 6"
