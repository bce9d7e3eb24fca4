"""Read the first sheet of an Excel workbook (.xlsx) as CSV, row by row.

Excel is not a format of tables: a sheet may begin with empty rows and columns, a date is a number with a format, and
a formula has a result only if somebody saved it.
"""

import itertools
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from orchestration.extract import packed
from orchestration.extract.contract import Contract
from orchestration.extract.errors import FileRefusedError
from orchestration.extract.folder import Arrival
from orchestration.extract.tabular import declared_columns, line, text

# What a sheet can hold; a file that says more was not written by Excel.
_MOST_ROWS = 1_048_576
# Texts that cells share are in memory as a whole while a sheet is read.
_MOST_SHARED = 64 << 20
_ROWS = 1_000
_PIECE = 1 << 20
# A cell that begins in one piece ends in the next; a formula has at most 8,192 characters.
_OVERLAP = 1 << 16
_SIGNATURE = b"PK\x03\x04"
_OLD_SIGNATURE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# A formula without its result. One whose result is the empty text says so: t="str".
_NO_RESULT = re.compile(
    rb'<(?:\w+:)?c\b(?![^>]*t="str")[^>]*>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*'
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
# The days between the first days of Excel's two calendars.
_DAYS_TO_1904 = 1462


def blocks(file: BinaryIO, arrival: Arrival) -> Iterator[bytes]:
    """Yield the rows of the first sheet as CSV in UTF-8, from the first that is not empty: the names of the columns.

    Dates and times are ISO, whole numbers have no `.0`, truth is `true` or `false`, a formula is its saved result, an
    empty row is no row. A cell beyond the columns that have a name makes its row too long. Raises `FileRefusedError`
    with one sentence when this is no workbook of that kind.
    """
    name, contract = arrival.path.name, arrival.contract
    _check_kind(file, name, contract)
    with _refusing(name):
        _check_size(file, name)
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    try:
        if not book.worksheets:
            raise FileRefusedError(f"{name} is an Excel workbook without a sheet: ask the source for the table.")
        sheet = book.worksheets[0]
        is_1904 = book.epoch == CALENDAR_MAC_1904
        with _refusing(name):
            _check_formulas(sheet, name)
            sheet.reset_dimensions()  # not every program that writes workbooks states them rightly
            rows = itertools.islice(sheet.iter_rows(values_only=True), _MOST_ROWS)
        yield from _csv(rows, contract, is_1904, name)
    finally:
        book.close()


def _csv(rows: Iterator[Sequence[Any]], contract: Contract, is_1904: bool, file_name: str) -> Iterator[bytes]:
    header: Sequence[Any] = ()
    while not _is_filled(header):
        with _refusing(file_name):
            header = next(rows, None)
        if header is None:
            raise FileRefusedError(f"{file_name} has an empty first sheet: ask the source to send it again.")
    filled = [at for at, value in enumerate(header) if _is_filled((value,))]
    first, last = filled[0], filled[-1] + 1
    headers = [text(value, "") for value in header[first:last]]
    yield line(headers, contract.delimiter)
    columns = declared_columns(headers, contract)
    types = [column.data_type if column else "" for column in columns]
    # Dates as numbers are counted by the reader, by the calendar that begins in 1900.
    days_apart = [_DAYS_TO_1904 if is_1904 and column and column.form == "excel" else 0 for column in columns]
    while True:
        with _refusing(file_name):
            taken = list(itertools.islice(rows, _ROWS))
        if not taken:
            return
        lines = []
        for row in taken:
            if not _is_filled(row):
                continue
            cells = [*row[first:last], *[None] * (last - max(first, len(row)))]
            fields = [text(*of) for of in zip(map(_moved, cells, days_apart), types, strict=True)]
            fields += [text(value, "") for value in (*row[:first], *row[last:]) if _is_filled((value,))]
            lines.append(line(fields, contract.delimiter))
        yield b"".join(lines)


def _is_filled(row: Sequence[Any]) -> bool:
    return any(value is not None and value != "" for value in row)


def _moved(value: Any, days: int) -> Any:  # noqa: ANN401 - a cell holds anything
    return value + days if days and isinstance(value, int | float) and not isinstance(value, bool) else value


@contextmanager
def _refusing(file_name: str) -> Iterator[None]:
    """Turn whatever a broken workbook makes the library raise into one sentence; its warnings are of no use."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except FileRefusedError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's own fault
        raise FileRefusedError(
            f"{file_name} cannot be read as an Excel workbook ({type(error).__name__}): open it in Excel, save it as "
            ".xlsx and send it again."
        ) from None


def _check_kind(file: BinaryIO, file_name: str, contract: Contract) -> None:
    start = file.read(_PIECE)
    if start.startswith(_OLD_SIGNATURE):
        while (more := file.read(_PIECE)) and _ENCRYPTED not in start:
            start = start[-len(_ENCRYPTED) :] + more
        if _ENCRYPTED in start:
            raise FileRefusedError(f"{file_name} is protected by a password: ask the source for it without one.")
        raise FileRefusedError(f"{file_name} is an old Excel workbook (.xls): ask the source for it as .xlsx.")
    if not start.startswith(_SIGNATURE):
        raise FileRefusedError(
            f"{file_name} is not an Excel workbook (.xlsx), as the contract of {contract.name} declares: ask the "
            "source for it in that form."
        )
    file.seek(0)


def _check_size(file: BinaryIO, file_name: str) -> None:
    """Refuse what would fill memory or never end; a part cannot unpack to more than it says."""
    with zipfile.ZipFile(file) as parts:
        for part in parts.infolist():
            allowed = max(packed.ALWAYS_ALLOWED, packed.LARGEST_RATIO * part.compress_size)
            if not part.filename.startswith("xl/worksheets/"):
                allowed = min(allowed, _MOST_SHARED)
            is_read = part.filename.endswith((".xml", ".rels"))
            if is_read and part.file_size > allowed:
                raise FileRefusedError(
                    f"{file_name} unpacks {part.filename[:60]} to {part.file_size:,} bytes, more than a workbook is "
                    "read with: ask the source for it as CSV or Parquet."
                )
    file.seek(0)


def _check_formulas(sheet: Any, file_name: str) -> None:  # noqa: ANN401 - the library gives its sheets no types
    """Refuse a sheet with a formula whose result nobody saved: it would be taken for an empty cell."""
    # The library has no public way to a sheet's text, nor a way to tell the two apart.
    with sheet._get_source() as xml:
        before = b""
        while piece := xml.read(_PIECE):
            before = before[-_OVERLAP:] + piece
            if (b"f>" in before or b"f " in before) and _NO_RESULT.search(before):
                raise FileRefusedError(
                    f"{file_name} holds formulas without their results: open it in Excel, save it and send it again."
                )
