"""Reads what people typed into a form: plain text, days, months, numbers. What cannot be read is said at its field."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from dashboards.server.review.errors import BadInputError

# What no keyboard types, and Postgres (NUL) or a page (the others) cannot hold; line breaks and tabs may stay.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_PERCENT = Decimal(100)
_LARGEST_ID = 2**63 - 1


def text(form: Mapping[str, str], name: str) -> str:
    """Return what was typed, without blanks around it; empty where nothing was."""
    return _CONTROL.sub("", form.get(name, "")).replace("\r\n", "\n").strip()


def text_or_none(form: Mapping[str, str], name: str) -> str | None:
    """Return what was typed, or None where nothing was."""
    return text(form, name) or None


def day(form: Mapping[str, str], name: str) -> date:
    """Return the day of a date input. Raises `BadInputError` where there is none."""
    try:
        return date.fromisoformat(text(form, name))
    except ValueError:
        raise BadInputError("Give a day, such as 31 March 2027.", name) from None


def day_or_none(form: Mapping[str, str], name: str) -> date | None:
    """Return the day of a date input that may be left empty."""
    return day(form, name) if text(form, name) else None


def month(form: Mapping[str, str], name: str) -> date:
    """Return the first day of a month written as 2026-09. Raises `BadInputError` where there is none."""
    try:
        return date.fromisoformat(f"{text(form, name)[:7]}-01")
    except ValueError:
        raise BadInputError("Choose a month.", name) from None


def month_or_none(form: Mapping[str, str], name: str) -> date | None:
    """Return the month of an address, or None where none, or nothing that is a month, stands there."""
    try:
        return month(form, name)
    except BadInputError:
        return None


def number(form: Mapping[str, str], name: str, unit: str) -> Decimal:
    """Return a number in the unit that the warehouse keeps: a proportion is typed in percent and kept from 0 to 1.

    Raises `BadInputError` where it is none.
    """
    written = text(form, name).removesuffix("%").strip().replace(",", ".")
    try:
        value = Decimal(written)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise BadInputError("Write a number, such as 8.5.", name)
    return value / _PERCENT if unit == "proportion" else value


def whole(form: Mapping[str, str], name: str) -> int | None:
    """Return the number of an act, of a page or a count that a form carries; None where none is there."""
    written = text(form, name)
    return int(written) if written.isascii() and written.isdecimal() and int(written) <= _LARGEST_ID else None
