"""Read a CSV file as a stream of rows that know their line, so that no row is lost and memory stays flat.

A row is what the CSV standard says: it may span lines inside quotation marks. When such a row does not close, or closes
with another number of fields than declared, then a quotation mark is out of place; only the line on which the row
began is set aside and reading goes on with the next line. So one stray mark never swallows the rows after it.
Lines without any character hold no row. A last line without a line end is a row like any other.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import xxhash

from orchestration.extract import header
from orchestration.extract.contracts import Contract
from orchestration.extract.errors import FileRefusedError

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
    """Reads one file of a contract. `columns` are the names in the order of the file; `row_count` grows."""

    def __init__(self, file: BinaryIO, contract: Contract, file_name: str) -> None:
        """Read the header from `file`, open at its start. Raises `FileRefusedError` when it does not fit."""
        self._file = file
        self._contract = contract
        self._delimiter = contract.delimiter.encode()
        self._is_utf8 = codecs.lookup(contract.encoding).name == "utf-8"
        self._digest = xxhash.xxh3_128()
        self.row_count = 0
        first = self._read()
        if not first:
            raise FileRefusedError(
                f"{file_name} is empty (0 bytes), where {contract.name} has at least a header line: "
                "ask the source to send it again."
            )
        while b"\n" not in first and len(first) <= LONGEST_ROW and (more := self._read()):
            first += more
        end = first.find(b"\n") + 1 or len(first)
        if end > LONGEST_ROW:
            raise FileRefusedError(
                f"{file_name} has no line end in its first {LONGEST_ROW} bytes, so it is not {contract.name} as "
                "CSV text: ask the source to send it again."
            )
        self.columns = header.columns(first[:end], contract, file_name)
        self._is_quoted_row = _quoted_row(self._delimiter, len(self.columns)).fullmatch
        self._rest = first[end:]
        self._start = end

    @property
    def digest(self) -> str:
        """Digest of the bytes read so far; after `blocks` has ended, that of the whole file."""
        return self._digest.hexdigest()

    def blocks(self) -> Iterator[bytes]:
        """Yield blocks of CSV for `COPY`: line number, first byte, length in bytes, problem, then the fields.

        The text is UTF-8, the delimiter that of the contract; "" is null too. A row with a problem has empty fields.
        """
        line_number, start, buffer = 2, self._start, self._rest
        is_end = False
        while not is_end:
            chunk = self._read()
            is_end = not chunk
            buffer += chunk
            cut = len(buffer) if is_end else buffer.rfind(b"\n") + 1
            if not cut and len(buffer) > LONGEST_ROW:
                length, buffer = self._skip_line(buffer)
                yield self._set_aside(line_number, start, length, _too_long())
                line_number, start = line_number + 1, start + length
                continue
            lines, buffer = buffer[:cut].split(b"\n"), buffer[cut:]
            if not lines[-1]:
                lines.pop()
            block, taken = self._block(lines, line_number, start, is_end)
            for line in lines[:taken]:
                start += len(line) + 1
            line_number += taken
            buffer = b"".join(line + b"\n" for line in lines[taken:]) + buffer
            if block:
                yield block

    def raw_text(self, start: int, length: int) -> str:
        """Return the text of the row at byte `start`, readable whatever its bytes; at most `LONGEST_ROW` of them."""
        self._file.seek(start)
        data = self._file.read(min(length, LONGEST_ROW))
        text = _readable(data.removesuffix(b"\n").removesuffix(b"\r"), self._contract.encoding)
        return text if length <= LONGEST_ROW else f"{text} ... ({length} bytes in all)"

    def _block(self, lines: list[bytes], line_number: int, start: int, is_end: bool) -> tuple[bytes, int]:
        """Return the rows of `lines` as one block, and the number of lines used: the rest awaits more lines."""
        # What the region lacks as a whole need not be looked for line by line: this is the loop that costs.
        region = b"\n".join(lines).replace(b"\r\n", b"\n").removesuffix(b"\r")
        is_clean, has_quotes = self._is_clean(region), b'"' in region
        delimiter, wanted = self._delimiter, len(self.columns) - 1
        form = delimiter.join((b"%d", b"%d", b"%d", b"", b"%b\n"))
        block: list[bytes] = []
        at = 0
        while at < len(lines):
            length = len(lines[at]) + 1
            line = lines[at].removesuffix(b"\r")
            if (
                line
                and length <= LONGEST_ROW
                and (is_clean or self._is_clean(line))
                and (self._is_quoted_row(line) if has_quotes and b'"' in line else line.count(delimiter) == wanted)
            ):
                block.append(form % (line_number + at, start, length, line))
                self.row_count += 1
                at += 1
            else:
                row = self._row(lines, at, is_end)
                if row.line_count == 0:
                    break
                length = sum(len(line) + 1 for line in lines[at : at + row.line_count])
                if row.problem:
                    block.append(self._set_aside(line_number + at, start, length, row.problem))
                elif row.fields:
                    block.append(self._good(line_number + at, start, length, row.fields))
                at += row.line_count
            start += length
        return b"".join(block), at

    def _is_clean(self, text: bytes) -> bool:
        """Tell whether Postgres takes every character of `text` as it is: UTF-8 without carriage return or NUL."""
        return self._is_utf8 and b"\r" not in text and b"\0" not in text and _is_utf8(text)

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
            problem = f"has {len(fields)} field{'s' * (len(fields) != 1)}, expected {len(self.columns)}"
            return _Row(1, [], problem if taken == 1 else _BAD_QUOTE)
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

    def _good(self, line_number: int, start: int, length: int, fields: list[str]) -> bytes:
        self.row_count += 1
        quoted = ('"' + field.replace('"', '""') + '"' if field else "" for field in fields)
        prefix = (str(line_number), str(start), str(length), "")
        return (self._contract.delimiter.join((*prefix, *quoted)) + "\n").encode()

    def _set_aside(self, line_number: int, start: int, length: int, problem: str) -> bytes:
        self.row_count += 1
        quoted = '"' + problem.replace('"', '""') + '"'
        prefix = (str(line_number), str(start), str(length), quoted)
        return (self._contract.delimiter.join((*prefix, *("" for _ in self.columns))) + "\n").encode()

    def _skip_line(self, buffer: bytes) -> tuple[int, bytes]:
        """Skip the rest of an endless line; return its length and what was read beyond it."""
        length = len(buffer)
        while chunk := self._read():
            if end := chunk.find(b"\n") + 1:
                return length + end, chunk[end:]
            length += len(chunk)
        return length, b""

    def _read(self) -> bytes:
        chunk = self._file.read(_CHUNK)
        self._digest.update(chunk)
        return chunk


def digest(file: BinaryIO) -> str:
    """Return the digest of a whole file, read in pieces; `file` is left at its start."""
    result = xxhash.xxh3_128()
    while chunk := file.read(_CHUNK):
        result.update(chunk)
    file.seek(0, io.SEEK_SET)
    return result.hexdigest()


def _quoted_row(delimiter: bytes, count: int) -> re.Pattern[bytes]:
    """Return the pattern of a whole row of `count` fields, quoted or not, with no quotation mark inside a field."""
    field = rb'(?:"[^"]*"|[^"%b]*)' % re.escape(delimiter)
    return re.compile(rb"%b(?:%b%b){%d}" % (field, re.escape(delimiter), field, count - 1))


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
