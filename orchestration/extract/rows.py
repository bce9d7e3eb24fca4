"""Parse the row that begins at one line as CSV, over as many lines as its quotation marks span, or say why it is none.

A row is what the CSV standard says: it may span lines inside quotation marks. When such a row does not close, or closes
with another number of fields than declared, then a quotation mark is out of place; only the line on which the row
began is set aside and reading goes on with the next line. So one stray mark never swallows the rows after it.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orchestration.extract.contract import Column, Contract

# The longest row taken: beyond this something is wrong with the file, and memory must stay flat.
LONGEST_ROW = 1 << 20
_SHOWN = 60
_BAD_QUOTE = "has a quotation mark that is not closed, or not where a field begins or ends"
_BARE_RETURN = "has a carriage return inside a field without quotation marks"


@dataclass(frozen=True)
class Row:
    """What begins at one line: its fields, or why they cannot be told; `line_count` 0 asks for more lines."""

    line_count: int
    fields: list[str]
    problem: str = ""


def row_at(lines: Sequence[bytes], at: int, contract: Contract, columns: Sequence[Column], *, is_end: bool) -> Row:
    """Return the row of `columns` that begins at `lines[at]`; `is_end` says that no more lines follow these."""
    taken, size, ran_out = 0, 0, False

    def texts() -> Iterator[str]:
        nonlocal taken, size, ran_out
        for line in range(at, len(lines)):
            size += len(lines[line]) + 1
            if size > LONGEST_ROW:
                return
            taken += 1
            yield lines[line].decode(contract.encoding, "surrogateescape") + "\n"
        ran_out = True

    if len(lines[at]) >= LONGEST_ROW:
        return Row(1, [], too_long())
    csv.field_size_limit(LONGEST_ROW)
    try:
        fields = next(csv.reader(texts(), delimiter=contract.delimiter, strict=True))
    except csv.Error:
        return Row(0 if ran_out and not is_end else 1, [], _BAD_QUOTE if b'"' in lines[at] else _BARE_RETURN)
    if not fields:
        return Row(1, [])
    if len(fields) != len(columns):
        return Row(1, [], wrong_count(len(fields), len(columns)) if taken == 1 else _BAD_QUOTE)
    return Row(taken, fields, _unreadable(fields, columns, contract.encoding))


def wrong_count(count: int, expected: int) -> str:
    """Return the words for a row with another number of fields than expected."""
    return f"has {count} field{'s' * (count != 1)}, expected {expected}"


def too_long() -> str:
    """Return the words for a row beyond `LONGEST_ROW`."""
    return f"is longer than {LONGEST_ROW} bytes"


def readable(data: bytes, encoding: str) -> str:
    """Return `data` as text that Postgres can keep, whatever the bytes."""
    return data.decode(encoding, "backslashreplace").replace("\0", "\\x00")


def _unreadable(fields: Sequence[str], columns: Sequence[Column], encoding: str) -> str:
    """Return which of `fields` hold bytes that are no text, or NUL, which Postgres cannot keep."""
    text = "".join(fields)
    if "\0" not in text and _is_text(text):
        return ""
    problems = []
    for column, field in zip(columns, fields, strict=True):
        shown = readable(field.encode(encoding, "surrogateescape"), encoding)[:_SHOWN]
        if not _is_text(field):
            problems.append(f'{column.header} is "{shown}", expected {encoding} text')
        elif "\0" in field:
            problems.append(f'{column.header} is "{shown}", expected text without NUL')
    return "; ".join(problems)


def _is_text(field: str) -> bool:
    """Tell whether `field`, decoded with surrogates for undecodable bytes, has none of them."""
    try:
        field.encode()
    except UnicodeEncodeError:
        return False
    return True
