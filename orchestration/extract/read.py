"""Read CSV as a stream of rows that know their line, checked as they pass, so that none is lost and memory stays flat.

A block of whole lines is read at a time and sorted (`regions.py`). Plain lines are checked all at once (`screen.py`); a
row that is not plain is parsed by itself (`rows.py`), and one that needs a closer look is judged so (`fields.py`).
Lines without any character hold no row. A last line without a line end is a row like any other.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import compress
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from orchestration.extract import arrow, hashing, header, marks, plain, regions, rows
from orchestration.extract.contract import Contract
from orchestration.extract.errors import FileRefusedError
from orchestration.extract.fields import Fields
from orchestration.extract.hashing import DELETION, SEPARATOR
from orchestration.extract.marks import Marks
from orchestration.extract.quarantine import Aside
from orchestration.extract.regions import Region
from orchestration.extract.rows import LONGEST_ROW
from orchestration.extract.screen import SEPARATING, Screen, Screened

_CHUNK = 1 << 20
_SEPARATOR = SEPARATOR.encode()
_FALSE = arrow.text("f")
# Providers kept in mind: more than a few in a file is wrong already.
_MOST_PROVIDERS = 50


class Reader:
    """Reads one stream of CSV of a contract, good rows as blocks for COPY, the others to `aside`.

    `columns` are the names in the order of the file, `marks` what name and first line say of the delivery; `row_count`
    grows. After `blocks`, `providers` are the values of the contract's provider column, `latest_extracted_at` the
    latest of its extracted_at column. A stream with `counts_rows` (made from a format without lines) has its rows
    numbered as a spreadsheet does, not its lines.
    """

    def __init__(
        self,
        file: BinaryIO,
        contract: Contract,
        file_name: str,
        aside: Aside,
        named: Marks = Marks(),  # noqa: B008
    ) -> None:
        """Read the header from `file`, open at its start. Raises `FileRefusedError` when it does not fit."""
        self._file = file
        self._contract = contract
        self._aside = aside
        self._counts_rows = bool(getattr(file, "counts_rows", False))
        self.row_count = 0
        self.providers: set[str] = set()
        self.latest_extracted_at: datetime | None = None
        self._buffer = b""
        self.marks = named
        self._first_line_number = 2
        if contract.first_line is not None:
            self.marks = named.filled_from(self._read_first_line(contract.first_line, file_name))
            self._first_line_number = 3
        self.columns = header.columns(self._first_line(file_name, "a header line"), contract, file_name)
        self._seed = hashing.seed_of(self.marks.sender if contract.period_column else None)
        start, end = self.marks.period_start, self.marks.period_end
        self._fields = Fields(self.columns, contract, (start, end) if start and end else None)
        self._screen = Screen(self._fields)

    @property
    def copy_columns(self) -> tuple[str, ...]:
        """Names of the columns of `blocks`: those of the contract stand in its order."""
        lineage = ["_row_number", "_row_hash", "_key_hash"]
        lineage += ["_is_deleted"] * (self._contract.change_type is not None)
        lineage += ["_extracted_at"] * self._contract.has_time_in_rows
        return (*lineage, *(column.name for column in self._contract.columns))

    def blocks(self) -> Iterator[bytes]:
        """Yield blocks of CSV for `COPY`, in UTF-8, delimited by `hashing.SEPARATOR`; an empty field is null."""
        line_number, buffer = self._first_line_number, self._buffer
        is_end = False
        while not is_end:
            chunk = self._file.read(_CHUNK)
            is_end = not chunk
            buffer += chunk
            if is_end and buffer and not buffer.endswith(b"\n"):
                buffer += b"\n"
            cut = buffer.rfind(b"\n") + 1
            if not cut and len(buffer) > LONGEST_ROW:
                self.row_count += 1
                number = self.row_count + 1 if self._counts_rows else line_number
                self._set_aside(number, buffer, rows.too_long())
                buffer = self._rest_of_line()
                line_number += 1
                continue
            # A row cannot go on in a line beyond the longest: it awaits no more.
            is_all = is_end or len(buffer) - cut > LONGEST_ROW
            region = regions.sort(buffer[:cut], self._contract, self._fields.columns, is_end=is_all)
            buffer = region.rest + buffer[cut:]
            if block := self._block(region, line_number):
                yield block
            line_number += region.line_count

    def _block(self, region: Region, line_number: int) -> bytes:
        """Return the good rows of `region`, whose first line is `line_number`, as one block."""
        odd_at = np.array([odd.at for odd in region.odd], int)
        numbers, odd_numbers = region.plain_at + line_number, odd_at + line_number
        if self._counts_rows:
            at = np.sort(np.append(region.plain_at, odd_at))
            numbers, odd_numbers = (
                np.searchsorted(at, some) + self.row_count + 2 for some in (region.plain_at, odd_at)
            )
        self.row_count += len(numbers) + len(odd_numbers)
        block = self._plain(region, numbers)
        for number, odd in zip(odd_numbers.tolist(), region.odd, strict=True):
            if odd.row.problem:
                self._set_aside(number, odd.raw, odd.row.problem)
            else:
                block += self._judged(number, odd.raw, odd.row.fields)
        return b"".join(block)

    def _plain(self, region: Region, numbers: np.ndarray) -> list[bytes]:
        """Return the good rows among the plain lines of `region`, which have these `numbers`."""
        if not region.text:
            return []
        screened = self._screen.screen(region.text, region.ends)
        if screened is None:
            return self._plain(*self._of_right_count(region, numbers))
        block = []
        if not screened.is_good.all():
            lines = region.text.split(b"\n")
            for place in np.flatnonzero(~screened.is_good).tolist():
                fields = lines[place].decode().split(SEPARATOR)
                block += self._judged(int(numbers[place]), region.raw[region.plain_at[place]], fields)
        if screened.lines:
            block.append(self._assembled(numbers[screened.is_good], screened))
        return block

    def _of_right_count(self, region: Region, numbers: np.ndarray) -> tuple[Region, np.ndarray]:
        """Set the plain lines aside that have another number of fields; return the others, and their numbers."""
        lines = region.text.split(b"\n")[:-1]
        fits = np.array([line.count(_SEPARATOR) + 1 == len(self.columns) for line in lines])
        for place in np.flatnonzero(~fits).tolist():
            fields = lines[place].decode().split(SEPARATOR)
            problem = rows.wrong_count(len(fields), len(self.columns))
            self._set_aside(int(numbers[place]), region.raw[region.plain_at[place]], problem, fields)
        text = b"".join(line + b"\n" for line in compress(lines, fits))
        right = replace(region, text=text, ends=plain.line_ends(text), plain_at=region.plain_at[fits])
        return right, numbers[fits]

    def _assembled(self, numbers: np.ndarray, screened: Screened) -> bytes:
        """Return the lines of good rows, their lineage before them."""
        self._notice(screened.providers.to_pylist(), screened.extracted_at.unique().to_pylist())
        row_hash, key_hash = hashing.hashes(screened.lines, self._seed), hashing.hashes(screened.keys)
        lineage = [arrow.numbers(made).cast(pa.string()) for made in (numbers, row_hash, key_hash)]
        if self._contract.change_type is not None:
            lineage.append(_FALSE)
        if self._contract.has_time_in_rows:
            lineage.append(screened.extracted_at)
        return pc.binary_join_element_wise(*lineage, screened.ended, SEPARATING).buffers()[2].to_pybytes()

    def _judged(self, number: int, raw: bytes, fields: Sequence[str]) -> list[bytes]:
        """Return the row of `fields` as it is kept, or set it aside with every reason."""
        judged = self._fields.judge(fields)
        if judged.problems:
            self._set_aside(number, raw, "; ".join(judged.problems), fields)
            return []
        self._notice([judged.provider], [judged.extracted_at])
        row_hash = DELETION if judged.is_deletion else hashing.row_hash(judged.values, self._seed)
        lineage = [str(number), str(row_hash), str(hashing.key_hash(judged.key))]
        if self._contract.change_type is not None:
            lineage.append("t" if judged.is_deletion else "f")
        if self._contract.has_time_in_rows:
            lineage.append(judged.extracted_at)
        return [hashing.line([*lineage, *judged.values]), b"\n"]

    def _notice(self, providers: Sequence[str], times: Sequence[str]) -> None:
        """Keep in mind what good rows say of the whole delivery."""
        if len(self.providers) < _MOST_PROVIDERS:
            self.providers.update(filter(None, providers))
        if self._fields.extracted_at is not None:
            latest = self._fields.latest(times)
            self.latest_extracted_at = max(latest, self.latest_extracted_at or latest)

    def _set_aside(self, number: int, raw: bytes, problem: str, fields: Sequence[str] | None = None) -> None:
        text = raw[:LONGEST_ROW]
        if fields is None and b'"' not in text:
            fields = rows.readable(text, self._contract.encoding).split(self._contract.delimiter)
        key = self._fields.key_of(fields) if fields else None
        shown = rows.readable(text.removesuffix(b"\n").removesuffix(b"\r"), self._contract.encoding)
        if len(raw) > LONGEST_ROW:
            shown = f"{shown} ... (longer than {LONGEST_ROW} bytes)"
        self._aside.add(number, shown, problem, key and hashing.key_hash(key))

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
