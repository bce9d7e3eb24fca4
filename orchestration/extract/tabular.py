"""What sources without lines of text have in common: values with types of their own, to be written as CSV."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from orchestration.extract.contract import Column, Contract, normalise
from orchestration.extract.data_types import ZONE


def declared_columns(headers: Sequence[str], contract: Contract) -> tuple[Column | None, ...]:
    """Return the declared column of each header, None where the contract knows none.

    A source often keeps a date as a moment at midnight: what the contract declares decides how it is written.
    """
    known = {normalise(name): column for column in contract.columns for name in (column.name, *column.aliases)}
    return tuple(known.get(normalise(header)) for header in headers)


def text(value: Any, data_type: str) -> str:  # noqa: ANN401 - a source gives anything
    """Return a value as the text by which a CSV file would hold it, where the contract declares `data_type`.

    Dates and times are ISO, a moment with a time zone is the local time in the UK, whole numbers have no `.0`.
    """
    if value is None or isinstance(value, str):
        written = value or ""
    elif isinstance(value, bool):
        written = "true" if value else "false"
    elif isinstance(value, float):
        written = str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
    elif isinstance(value, Decimal):
        written = format(value, "f")
    elif isinstance(value, datetime):
        if value.tzinfo is not None:
            value = value.astimezone(ZONE).replace(tzinfo=None)
        is_day = data_type != "timestamp" and value.time() == time()
        written = value.date().isoformat() if is_day else value.isoformat(" ")
    elif isinstance(value, date) and data_type == "timestamp":
        written = f"{value.isoformat()} 00:00:00"
    elif isinstance(value, bytes | memoryview):
        written = bytes(value).hex()
    elif isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        written = f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
    else:
        written = value.isoformat() if isinstance(value, date | time) else str(value)
    return written


def line(fields: Sequence[str], delimiter: str) -> bytes:
    """Return `fields` as a line of CSV in UTF-8 with its end, in quotation marks only where one needs them.

    A row of one empty field has them too: a line without any character would be no row.
    """
    written = delimiter.join(fields)
    needs_marks = '"' in written or "\n" in written or "\r" in written or written.count(delimiter) >= len(fields)
    if needs_marks:
        written = delimiter.join(_quoted(field, delimiter) for field in fields)
    # A lone surrogate is no text; the reader will say so of this row.
    return ((written or '""') + "\n").encode(errors="surrogatepass")


def _quoted(field: str, delimiter: str) -> str:
    if '"' in field or delimiter in field or "\n" in field or "\r" in field:
        return '"' + field.replace('"', '""') + '"'
    return field
