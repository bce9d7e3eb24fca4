"""Read CSV as a stream of rows that know their line, checked as they pass, so that none is lost and memory stays flat.

A row is what the CSV standard says: it may span lines inside quotation marks. When such a row does not close, or closes
with another number of fields than declared, then a quotation mark is out of place; only the line on which the row
began is set aside and reading goes on with the next line. So one stray mark never swallows the rows after it.
Lines without any character hold no row. A last line without a line end is a row like any other.
"""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import xxhash

from orchestration.extract import hashing, header, marks
from orchestration.extract.contracts import Contract
from orchestration.extract.errors import FileRefusedError
from orchestration.extract.fields import Fields
from orchestration.extract.hashing import DELETION, SHIFT, key_hash, row_hash, unshifted
from orchestration.extract.marks import Marks
from orchestration.extract.quarantine import Aside

_CHUNK = 1 << 20
# The longest row taken: beyond this something is wrong with the file, and memory must stay flat.
LONGEST_ROW = 1 << 20
_SHOWN = 60
_BAD_QUOTE = "has a quotation mark that is not closed, or not where a field begins or ends"
_BARE_RETURN = "has a carriage return inside a field without quotation marks"


@dataclass(frozen=True)
class _Row:
    """What begins at one line: its fields, or why they cannot be told; `line_count` 0 asks for more lines."""

    line_count: int
    fields: list[str]
    problem: str = ""


class Reader:
    """Reads one stream of CSV of a contract, good rows as blocks for COPY, the others to `aside`.

    `columns` are the names in the order of the file, `marks` what name and first line say of the delivery;
    `row_count` grows. A stream with `counts_rows` (made from a format without lines) has its rows numbered, not lines.
    """

    def __init__(
        self, file: BinaryIO, contract: Contract, file_name: str, aside: Aside, named: Marks = Marks()  # noqa: B008
    ) -> None:
        """Read the header from `file`, open at its start. Raises `FileRefusedError` when it does not fit."""
        self._file = file
        self._contract = contract
        self._aside = aside
        self._delimiter = contract.delimiter.encode()
        self._is_utf8 = codecs.lookup(contract.encoding).name == "utf-8"
        self._lineage_in_rows = contract.change_type is not None or contract.extracted_at_column is not None
        self._counts_rows = bool(getattr(file, "counts_rows", False))
        self.row_count = 0
        self._buffer = b""
        self.marks = named
        self._first_line_number = 2
        if contract.first_line is not None:
            self.marks = named.filled_from(self._read_first_line(contract.first_line, file_name))
            self._first_line_number = 3
        self.columns = header.columns(self._first_line(file_name, "a header line"), contract, file_name)
        period = (self.marks.period_start, self.marks.period_end)
        self._fields = Fields(self.columns, contract, period if all(period) else None)  # type: ignore[arg-type]

    @property
    def copy_columns(self) -> tuple[str, ...]:
        """Names of the columns of `blocks`."""
        lineage = ["_row_number", "_row_hash", "_key_hash"]
        lineage += ["_is_deleted"] * (self._contract.change_type is not None)
        lineage += ["_extracted_at"] * (self._fields.extracted_at is not None)
        return (*lineage, *self.columns)

    def blocks(self) -> Iterator[bytes]:
        """Yield blocks of CSV for `COPY`, in the order of `copy_columns`; an empty field is null.

        The text is UTF-8, the delimiter that of the contract.
        """
        line_number, buffer = self._first_line_number, self._buffer
        is_end = False
        while not is_end:
            chunk = self._file.read(_CHUNK)
            is_end = not chunk
            buffer += chunk
            cut = len(buffer) if is_end else buffer.rfind(b"\n") + 1
            if not cut and len(buffer) > LONGEST_ROW:
                self._set_aside(line_number, buffer, _too_long())
                buffer = self._rest_of_line()
                line_number += 1
                continue
            lines, buffer = buffer[:cut].split(b"\n"), buffer[cut:]
            if not lines[-1]:
                lines.pop()
            block, taken = self._block(lines, line_number, is_end)
            line_number += taken
            buffer = b"".join(line + b"\n" for line in lines[taken:]) + buffer
            if block:
                yield block

    def _block(self, lines: list[bytes], line_number: int, is_end: bool) -> tuple[bytes, int]:
        """Return the good rows of `lines` as one block, and the number of lines used: the rest awaits more lines."""
        region = b"\n".join(lines)
        is_clean = self._is_clean(region.replace(b"\r\n", b"\n").removesuffix(b"\r"))
        if is_clean and b'"' not in region:
            return b"".join(self._plain(lines, line_number)), len(lines)
        block: list[bytes] = []
        at = 0
        while at < len(lines):
            if is_clean and b'"' not in lines[at]:
                block += self._plain(lines[at : at + 1], line_number + at)
                at += 1
                continue
            row = self._row(lines, at, is_end)
            if row.line_count == 0:
                break
            raw = b"\n".join(lines[at : at + row.line_count])
            if row.problem:
                self._set_aside(line_number + at, raw, row.problem)
            elif row.fields:
                block += self._judged(line_number + at, raw, row.fields)
            at += row.line_count
        return b"".join(block), at

    def _plain(self, lines: list[bytes], line_number: int) -> Iterator[bytes]:
        """Yield the good rows of lines without quotation marks: this is the loop that costs."""
        fields, delimiter, wanted = self._fields, self._delimiter, len(self.columns)
        are_clean, key, order = fields.are_clean, fields.key, fields.order
        is_one_key, is_in_order, is_simple = len(key) == 1, fields.is_in_order, not self._lineage_in_rows
        for number, ended in enumerate(lines, start=line_number):
            line = ended.removesuffix(b"\r")
            if not line:
                continue
            values = line.split(delimiter)
            if len(values) == wanted and are_clean(values) and len(line) < LONGEST_ROW:
                self.row_count += 1
                yield b"%d%b%d%b%d%b%b%b\n" % (
                    self.row_count + 1 if self._counts_rows else number,
                    delimiter,
                    unshifted(line if is_in_order else delimiter.join([values[at] for at in order])) - SHIFT,
                    delimiter,
                    unshifted(values[key[0]] if is_one_key else delimiter.join([values[at] for at in key])) - SHIFT,
                    delimiter,
                    b"" if is_simple else self._said_in_row(values),
                    line,
                )
            elif len(line) >= LONGEST_ROW:
                self._set_aside(number, line, _too_long())
            elif len(values) != wanted:
                self._set_aside(number, line, self._wrong_count(len(values)))
            else:
                yield from self._judged(number, line, [value.decode() for value in values])

    def _said_in_row(self, values: Sequence[bytes]) -> bytes:
        """Return what a clean row, which deletes nothing, says of its lineage."""
        said = [b"f"] * (self._contract.change_type is not None)
        if self._fields.extracted_at is not None:
            said.append(values[self._fields.extracted_at])
        return b"".join(one + self._delimiter for one in said)

    def _judged(self, number: int, raw: bytes, fields: list[str]) -> Iterator[bytes]:
        """Yield the row of `fields` as it is kept, or set it aside with every reason."""
        judged = self._fields.judge(fields)
        if judged.problems:
            self._set_aside(number, raw, "; ".join(judged.problems), fields)
            return
        self.row_count += 1
        number = self.row_count + 1 if self._counts_rows else number
        values, delimiter = judged.values, self._contract.delimiter
        kept = row_hash([values[at] for at in self._fields.order], delimiter)
        key = key_hash([values[at] for at in self._fields.key], delimiter)
        lineage = [str(number), str(DELETION if judged.is_deletion else kept), str(key)]
        lineage += ["t" if judged.is_deletion else "f"] * (self._contract.change_type is not None)
        if self._fields.extracted_at is not None:
            lineage.append(values[self._fields.extracted_at])
        yield hashing.line([*lineage, *values], delimiter) + b"\n"

    def _set_aside(self, number: int, raw: bytes, problem: str, fields: Sequence[str] | None = None) -> None:
        self.row_count += 1
        if fields is None and b'"' not in raw:
            fields = _readable(raw, self._contract.encoding).split(self._contract.delimiter)
        key = self._fields.key_of(fields) if fields else None
        text = raw[:LONGEST_ROW].removesuffix(b"\n").removesuffix(b"\r")
        shown = _readable(text, self._contract.encoding)
        if len(raw) > LONGEST_ROW:
            shown = f"{shown} ... (longer than {LONGEST_ROW} bytes)"
        number = self.row_count + 1 if self._counts_rows else number
        self._aside.add(number, shown, problem, key and key_hash(key, self._contract.delimiter))

    def _wrong_count(self, count: int) -> str:
        return f"has {count} field{'s' * (count != 1)}, expected {len(self.columns)}"

    def _is_clean(self, text: bytes) -> bool:
        """Tell whether `text` can be taken as it is: UTF-8 (or ASCII, whatever the encoding) without CR or NUL."""
        return b"\r" not in text and b"\0" not in text and (text.isascii() or (self._is_utf8 and _is_utf8(text)))

    def _row(self, lines: list[bytes], at: int, is_end: bool) -> _Row:
        """Parse the row that begins at `lines[at]` as CSV, over as many lines as its quotation marks span."""
        taken, size, ran_out = 0, 0, False

        def texts() -> Iterator[str]:
            nonlocal taken, size, ran_out
            for line in range(at, len(lines)):
                size += len(lines[line]) + 1
                if size > LONGEST_ROW:
                    return
                taken += 1
                yield lines[line].decode(self._contract.encoding, "surrogateescape") + "\n"
            ran_out = True

        if len(lines[at]) >= LONGEST_ROW:
            return _Row(1, [], _too_long())
        try:
            fields = next(csv.reader(texts(), delimiter=self._contract.delimiter, strict=True))
        except csv.Error:
            return _Row(0 if ran_out and not is_end else 1, [], _BAD_QUOTE if b'"' in lines[at] else _BARE_RETURN)
        if not fields:
            return _Row(1, [])
        if len(fields) != len(self.columns):
            return _Row(1, [], self._wrong_count(len(fields)) if taken == 1 else _BAD_QUOTE)
        return _Row(taken, fields, self._unreadable(fields))

    def _unreadable(self, fields: list[str]) -> str:
        """Return which of `fields` hold bytes that are no text, or NUL, which Postgres cannot keep."""
        text = "".join(fields)
        if "\0" not in text and _is_text(text):
            return ""
        headers = {column.name: column.header for column in self._contract.columns}
        encoding = self._contract.encoding
        problems = []
        for name, field in zip(self.columns, fields, strict=True):
            shown = _readable(field.encode(encoding, "surrogateescape"), encoding)[:_SHOWN]
            if not _is_text(field):
                problems.append(f'{headers[name]} is "{shown}", expected {encoding} text')
            elif "\0" in field:
                problems.append(f'{headers[name]} is "{shown}", expected text without NUL')
        return "; ".join(problems)

    def _read_first_line(self, pattern: str, file_name: str) -> Marks:
        line = self._first_line(file_name, f"a first line {pattern}").removeprefix(header.BYTE_ORDER_MARK)
        found = marks.read(pattern, line.decode(self._contract.encoding, "replace").rstrip("\r\n"))
        if isinstance(found, Marks):
            return found
        raise FileRefusedError(
            f"{file_name} does not begin with a line of the form {pattern}{f' ({found})' if found else ''}, which the "
            f"contract of {self._contract.name} declares: ask the source for it in that form."
        )

    def _first_line(self, file_name: str, what: str) -> bytes:
        """Take one line from the start of what is left. Raises `FileRefusedError` where there is none."""
        while b"\n" not in self._buffer and len(self._buffer) <= LONGEST_ROW and (more := self._file.read(_CHUNK)):
            self._buffer += more
        if not self._buffer:
            raise FileRefusedError(
                f"{file_name} is empty (0 bytes), where {self._contract.name} has at least {what}: "
                "ask the source to send it again."
            )
        end = self._buffer.find(b"\n") + 1 or len(self._buffer)
        if end > LONGEST_ROW:
            raise FileRefusedError(
                f"{file_name} has no line end in its first {LONGEST_ROW} bytes, so it is not {self._contract.name} as "
                "CSV text: ask the source to send it again."
            )
        line, self._buffer = self._buffer[:end], self._buffer[end:]
        return line

    def _rest_of_line(self) -> bytes:
        """Skip the rest of an endless line; return what was read beyond it."""
        while chunk := self._file.read(_CHUNK):
            if end := chunk.find(b"\n") + 1:
                return chunk[end:]
        return b""


def digest(file: BinaryIO) -> str:
    """Return the digest of a whole file, read in pieces; `file` is left at its start."""
    result = xxhash.xxh3_128()
    while chunk := file.read(_CHUNK):
        result.update(chunk)
    file.seek(0, io.SEEK_SET)
    return result.hexdigest()


def _too_long() -> str:
    return f"is longer than {LONGEST_ROW} bytes"


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_text(field: str) -> bool:
    """Tell whether `field`, decoded with surrogates for undecodable bytes, has none of them."""
    try:
        field.encode()
    except UnicodeEncodeError:
        return False
    return True


def _readable(data: bytes, encoding: str) -> str:
    return data.decode(encoding, "backslashreplace").replace("\0", "\\x00")
