"""Numbers, days and months in words, as pages write them (`dbt_project/macros/report/format.sql`)."""

import re
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from html import unescape

from orchestration.extract.data_types import ZONE

NOTHING = "\N{EN DASH}"
DIRECTIONS = {"increase": "Higher is better", "decrease": "Lower is better"}
_DECIMALS = {"proportion": 1, "days": 1, "minutes": 1, "ratio": 2}
_ENDINGS = {"proportion": "%", "days": " days", "minutes": " min"}
_SYMBOLS = {"proportion": "%", "count": "number"}
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_TAG = re.compile(r"<[^>]+>")


def number(value: Decimal | float, decimals: int = 0) -> str:
    """Return a number with thousands marked, halves rounded away from nought as Postgres does."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    return f"{exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):,}"


def value(amount: Decimal | None, unit: str) -> str:
    """Return a measure's value with its unit: 8.1%, 4.2 days, 12.5 min, 1.85, 1,234; a dash where there is none."""
    if amount is None:
        return NOTHING
    shown = amount * 100 if unit == "proportion" else amount
    return number(shown, _DECIMALS.get(unit, 0)) + _ENDINGS.get(unit, "")


def plain(amount: Decimal | float | None) -> str:
    """Return a sum or a limit with two places at most; a dash where there is none."""
    if amount is None:
        return NOTHING
    text = number(amount, 2)
    return text.rstrip("0").rstrip(".") if "." in text else text


def symbol(unit: str, unit_name: str | None) -> str:
    """Return the unit in which values are read."""
    return unit_name or unit if unit == "ratio" else _SYMBOLS.get(unit, unit)


def counted(count: int, noun: str, several: str | None = None) -> str:
    """Return a count with its noun: '1 record', '2 records'."""
    return f"{count:,} {noun if count == 1 else several or noun + 's'}"


def month(day: date) -> str:
    """Return a month as Sep 2026."""
    return f"{_MONTHS[day.month - 1]} {day.year}"


def day(of: date | None) -> str:
    """Return a day as 3 Sep 2026; a dash where there is none."""
    return f"{of.day} {month(of)}" if of else NOTHING


def moment(of: datetime | None) -> str:
    """Return a moment of the trust's clock as 3 Sep 2026 14:05; a dash where there is none."""
    local = of.astimezone(ZONE) if of else None
    return f"{day(local)} {local:%H:%M}" if local else NOTHING


def text_of(html: str) -> str:
    """Return what a cell of a page says, without its markup."""
    return " ".join(unescape(_TAG.sub("", html)).split())


def sentence(text: str) -> str:
    """Return words with a capital at the beginning."""
    return text[:1].upper() + text[1:]
