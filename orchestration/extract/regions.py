"""Sort the lines of a region into plain ones, to be taken all at once, and the rows of the others, one by one."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from orchestration.extract import plain, rows
from orchestration.extract.contract import Column, Contract
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

    `ends` are where lines of `text` end. `line_count` says how many of `lines` were used, `rest` are the others: a row
    that awaits more lines.
    """

    lines: bytes
    text: bytes
    ends: np.ndarray
    plain_at: np.ndarray
    line_count: int
    odd: list[Odd] = field(default_factory=list)
    rest: bytes = b""

    @cached_property
    def raw(self) -> list[bytes]:
        """The lines as they came."""
        return self.lines.split(b"\n")[:-1]


def sort(lines: bytes, contract: Contract, columns: Sequence[Column], *, is_end: bool) -> Region:
    """Sort whole `lines` of a file of `contract`, with `columns` in its order; `is_end`: no more follow."""
    text = plain.separated(lines, contract.delimiter, contract.encoding, LONGEST_ROW)
    if text is None:
        return _walked(lines, contract, columns, is_end)
    ends = plain.line_ends(text)
    return _without_blanks(Region(lines, text, ends, np.arange(len(ends)), len(ends)))


def _walked(lines: bytes, contract: Contract, columns: Sequence[Column], is_end: bool) -> Region:
    """Walk from row to row, over as many plain lines at once as there are: a line inside a quoted field is no row."""
    raw = lines.split(b"\n")[:-1]
    texts: list[bytes] = []
    places: list[np.ndarray] = [np.arange(0)]
    odd: list[Odd] = []
    at, step = 0, _MOST_LINES
    while at < len(raw):
        tried = raw[at : at + step]
        text = plain.separated(b"\n".join(tried) + b"\n", contract.delimiter, contract.encoding, LONGEST_ROW)
        if text is not None:
            texts.append(text)
            places.append(np.arange(at, at + len(tried)))
            at += len(tried)
            step = min(2 * step, _MOST_LINES)
        elif len(tried) > 1:
            step = max(1, len(tried) // 8)
        else:
            row = rows.row_at(raw, at, contract, columns, is_end=is_end)
            if row.line_count == 0:
                break
            if row.problem or row.fields:
                odd.append(Odd(at, b"\n".join(raw[at : at + row.line_count]), row))
            at += row.line_count
    text, rest = b"".join(texts), b"".join(line + b"\n" for line in raw[at:])
    return _without_blanks(Region(lines, text, plain.line_ends(text), np.concatenate(places), at, odd, rest))


def _without_blanks(region: Region) -> Region:
    """Leave out the lines that hold no row."""
    holds_row = np.diff(region.ends, prepend=0) > 1
    if holds_row.all():
        return region
    text = b"".join(line + b"\n" for line in region.text.split(b"\n") if line)
    return replace(region, text=text, ends=plain.line_ends(text), plain_at=region.plain_at[holds_row])
