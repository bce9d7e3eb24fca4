"""What one file says, read with the standard library alone: its time, period and sender, its rows, its broken rows.

Nothing here comes from the loader but the contract's dataclasses. Only files whose quotation marks are in order are
read: what becomes of the others is told line by line in tests/integration/extract/test_rows.py.
"""

import csv
import io
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from orchestration.extract.contract import Contract

LONDON = ZoneInfo("Europe/London")
Key = tuple[object, ...]
Values = tuple[object, ...]
_MARKS = {
    "extracted_at": r"\d{8}(?:T\d{4}(?:\d{2})?)?",
    "period_start": r"\d{8}",
    "period_end": r"\d{8}",
    "sender": r"[A-Za-z0-9]+",
}


@dataclass(frozen=True)
class Row:
    """One good row: what it says of its key (`values` None: that it is gone), and when it was extracted."""

    row_number: int
    key: Key
    values: Values | None
    extracted_at: datetime


@dataclass(frozen=True)
class BrokenRow:
    """One row that does not fit; `key` is None where it cannot be read."""

    row_number: int
    key: Key | None


@dataclass(frozen=True)
class Said:
    """All that one file says."""

    extracted_at: datetime
    period: tuple[date, date] | None
    sender: str | None
    rows: tuple[Row, ...]
    broken: tuple[BrokenRow, ...]

    @property
    def received_count(self) -> int:
        """Rows in the file, good and broken."""
        return len(self.rows) + len(self.broken)

    @property
    def silent_about(self) -> set[Key]:
        """The keys of broken rows of which the file has no good row: it says nothing about them."""
        return {row.key for row in self.broken if row.key is not None} - {row.key for row in self.rows}


def read(contract: Contract, name: str, data: bytes) -> Said:
    """Read a CSV file of `contract`."""
    marks = _marks(contract.file_pattern, name)
    text, line_number = data.decode(contract.encoding.replace("utf-8", "utf-8-sig")), 1
    if contract.first_line is not None:
        first, text = text.split("\n", 1)
        marks |= _marks(contract.first_line, first.rstrip("\r"))
        line_number = 2
    start, end = marks.get("period_start"), marks.get("period_end")
    period = (_moment(start).date(), _moment(end).date()) if start and end else None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=contract.delimiter)
    names = [re.sub(r"[^a-z0-9]+", "_", field.lower()) for field in next(reader)]
    file_time = _moment(marks["extracted_at"]) if "extracted_at" in marks else None
    rows, broken = [], []
    before = line_number + reader.line_num - 1
    for fields in reader:
        number, before = before + 1, line_number + reader.line_num - 1
        if fields:
            row = _row(contract, names, fields, number, period, file_time)
            (rows if isinstance(row, Row) else broken).append(row)
    if file_time is None:
        # Only its rows say when: as a whole it is as late as the latest of them.
        file_time = max((row.extracted_at for row in rows), default=datetime.min.replace(tzinfo=LONDON))
    return Said(file_time, period, marks.get("sender"), tuple(rows), tuple(broken))


def _marks(pattern: str, text: str) -> dict[str, str]:
    expression = re.escape(pattern)
    for mark, form in _MARKS.items():
        expression = expression.replace(re.escape("{" + mark + "}"), f"(?P<{mark}>{form})")
    found = re.fullmatch(expression, text)
    assert found, f"{text} is not of the form {pattern}"
    return found.groupdict()


def _moment(text: str) -> datetime:
    form = {8: "%Y%m%d", 13: "%Y%m%dT%H%M", 15: "%Y%m%dT%H%M%S"}[len(text)]
    return datetime.strptime(text, form).replace(tzinfo=LONDON)


def _row(
    contract: Contract,
    names: list[str],
    fields: list[str],
    number: int,
    period: tuple[date, date] | None,
    file_time: datetime | None,
) -> Row | BrokenRow:
    given = dict(zip(names, fields, strict=False))
    values: dict[str, object] = {}
    wrong: set[str] = set()
    for column in contract.columns:
        if column.name not in given:
            wrong.add(column.name)
            continue
        text = given[column.name].strip() if column.codes else given[column.name]
        try:
            value = _value(column.data_type, text)
        except (ValueError, ArithmeticError):
            wrong.add(column.name)
            continue
        bounds = period if column.name == contract.period_column else None
        is_missing = value is None and column.required
        is_unknown_code = value is not None and bool(column.codes) and value not in column.codes
        if is_missing or is_unknown_code or (bounds and value and not bounds[0] <= value <= bounds[1]):  # type: ignore[operator]
            wrong.add(column.name)
        values[column.name] = value
    key = None if wrong & set(contract.business_key) else tuple(values[name] for name in contract.business_key)
    change = contract.change_type
    is_deletion = change is not None and given.get(change.column, "").strip() in change.delete
    needed = {*contract.business_key, change.column if change else "", contract.extracted_at_column}
    if key is None or len(fields) != len(names) or (wrong & needed if is_deletion else wrong):
        return BrokenRow(number, key)
    at = file_time
    if contract.extracted_at_column:
        said = values[contract.extracted_at_column]
        at = said if isinstance(said, datetime) else datetime.combine(said, datetime.min.time())  # type: ignore[arg-type]
        at = at.replace(tzinfo=LONDON)
    kept = None if is_deletion else tuple(values[column.name] for column in contract.columns)
    assert at is not None
    return Row(number, key, kept, at)


def _value(data_type: str, text: str) -> object:
    """Return the value of `text`, None for an empty one. Raises `ValueError` where it is none of its type."""
    if not text:
        return None
    if data_type == "date":
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            raise ValueError
        return date.fromisoformat(text)
    if data_type == "timestamp":
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S" if text.count(":") == 2 else "%Y-%m-%d %H:%M")
    if data_type in {"integer", "bigint"}:
        if not re.fullmatch(r"-?[0-9]+", text):
            raise ValueError
        return int(text)
    return Decimal(text) if data_type == "numeric" else text
