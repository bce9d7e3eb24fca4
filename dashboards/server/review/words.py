"""How days, counts and figures are written on the review pages."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

_HERE = ZoneInfo("Europe/London")
_NONE = "none"
# Unit of a measure -> what stands behind its values.
_UNITS = {"days": " days", "minutes": " min", "count": "", "ratio": ""}


def day(value: date | None) -> str:
    """Return "3 September 2026"."""
    return f"{value.day} {value:%B %Y}" if value else _NONE


def month(value: date | None) -> str:
    """Return "September 2026"."""
    return f"{value:%B %Y}" if value else _NONE


def moment(value: datetime | None) -> str:
    """Return "3 September 2026, 14:05", as the clock on the wall says it."""
    if value is None:
        return _NONE
    here = value.astimezone(_HERE)
    return f"{day(here)}, {here:%H:%M}"


def counted(number: int | None, one: str, many: str = "") -> str:
    """Return "1 record", "1,200 records"."""
    number = number or 0
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def figure(value: Decimal | float | None, unit: str | None) -> str:
    """Return a value of a measure as people read it: a proportion in percent, others with their unit."""
    if value is None:
        return _NONE
    if unit == "proportion":
        return f"{value * 100:.1f}%"
    decimals = 0 if value == int(value) else 1
    return f"{value:,.{decimals}f}{_UNITS.get(unit or '', f' {unit}' if unit else '')}"


def amount(value: Decimal | float | None) -> str:
    """Return a numerator, a denominator or what was expected: whole where it is whole."""
    return figure(value, "count")


FILTERS: dict[str, Any] = {
    "day": day,
    "month": month,
    "moment": moment,
    "counted": counted,
    "figure": figure,
    "amount": amount,
}
