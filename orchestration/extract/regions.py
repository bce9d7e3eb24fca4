"""Sort the lines of a region into plain ones, to be taken all at once, and the rows of the others, one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from orchestration.extract import plain, rows
from orchestration.extract.contracts import Column, Contract
from orchestration.extract.rows import LONGEST_ROW, Row

# Lines tried at once where not all are plain.
_MOST_LINES = 1024


@dataclass(frozen=True)
class Odd:
    """A row that begins at line `at` (from 0) of its region and is not plain; `raw` are its lines as they came."""

    at: int
    raw: bytes
    row: Row


@dataclass
class Region:
    """The rows of `lines`: `text` are the plain ones as `plain.separated` makes them, `plain_at` their places.

    `line_count` says how many lines were used: the rest is a row that awaits more of them.
    """

    lines: bytes
    text: bytes
    plain_at: np.ndarray
    odd: list[Odd]
    line_count: int

    @cached_property
    def raw(self) -> list[bytes]:
        """The lines as they came."""
        return self.lines.split(b"\n")[:-1]

    @property
    def rest(self) -> bytes:
        """The lines that were not used."""
        return (
            b"".join(line + b"\n" for line in self.raw[self.line_count :]) if self.line_count < len(self.raw) else b""
        )


def sort(lines: bytes, contract: Contract, columns: Sequence[Column], *, is_end: bool) -> Region:
    """Sort whole `lines` of a file of `contract`, with `columns` in its order; `is_end`: no more follow."""
    text = plain.separated(lines, contract.delimiter, contract.encoding, LONGEST_ROW)
    if text is not None:
        count = text.count(b"\n")
        region = Region(lines, text, np.arange(count), [], count)
    else:
        region = _walked(Region(lines, b"", np.arange(0), [], 0), contract, columns, is_end)
    _leave_blanks_out(region)
    return region


def _walked(region: Region, contract: Contract, columns: Sequence[Column], is_end: bool) -> Region:
    """Walk from row to row, over as many plain lines at once as there are: a line inside a quoted field is no row."""
    texts: list[bytes] = []
    places: list[np.ndarray] = []
    at, step = 0, _MOST_LINES
    while at < len(region.raw):
        tried = region.raw[at : at + step]
        text = plain.separated(b"\n".join(tried) + b"\n", contract.delimiter, contract.encoding, LONGEST_ROW)
        if text is not None:
            texts.append(text)
            places.append(np.arange(at, at + len(tried)))
            at += len(tried)
            step = min(2 * step, _MOST_LINES)
        elif len(tried) > 1:
            step = max(1, len(tried) // 8)
        else:
            row = rows.row_at(region.raw, at, contract, columns, is_end=is_end)
            if row.line_count == 0:
                break
            if row.problem or row.fields:
                region.odd.append(Odd(at, b"\n".join(region.raw[at : at + row.line_count]), row))
            at += row.line_count
    region.text, region.plain_at, region.line_count = b"".join(texts), np.concatenate([np.arange(0), *places]), at
    return region


def _leave_blanks_out(region: Region) -> None:
    """Leave out the lines that hold no row."""
    if region.text.startswith(b"\n") or b"\n\n" in region.text:
        lines = region.text.split(b"\n")[:-1]
        region.plain_at = region.plain_at[np.fromiter(map(bool, lines), bool, len(lines))]
        region.text = b"".join(line + b"\n" for line in lines if line)
