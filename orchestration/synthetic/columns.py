"""Columns of an extract as compact arrays that become text only when they are written."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from orchestration.synthetic.days import MINUTES_A_DAY, NEVER

# First day that can be written, 1900-01-01: enough for any date of birth.
FIRST_DAY = -25567
LAST_DAY = 40000


class Column(Protocol):
    """One column: as many values as the table has rows, each written as text; blank is null."""

    def text(self, rows: slice) -> list[str]:
        """Values of `rows` as they stand in the file."""
        ...

    def __len__(self) -> int:
        """Count of rows."""
        ...


Table = dict[str, Column]


@lru_cache
def _day_words() -> np.ndarray:
    days = np.arange(FIRST_DAY, LAST_DAY).astype("datetime64[D]")
    return np.array([*days.astype(str).tolist(), ""], dtype=object)


@lru_cache
def _clock_words() -> np.ndarray:
    words = [f" {minute // 60:02d}:{minute % 60:02d}:00" for minute in range(MINUTES_A_DAY)]
    return np.array(words, dtype=object)


@dataclass(frozen=True)
class Coded:
    """Value number `index` of `words`: for codes, names and anything with few different values."""

    index: np.ndarray
    words: np.ndarray

    def text(self, rows: slice) -> list[str]:
        """See `Column`."""
        return self.words[self.index[rows]].tolist()

    def __len__(self) -> int:
        """See `Column`."""
        return len(self.index)


@dataclass(frozen=True)
class Day:
    """Dates; `NEVER` is blank."""

    days: np.ndarray

    def text(self, rows: slice) -> list[str]:
        """See `Column`."""
        days = self.days[rows]
        return _day_words()[np.where(days >= LAST_DAY, LAST_DAY, days) - FIRST_DAY].tolist()

    def __len__(self) -> int:
        """See `Column`."""
        return len(self.days)


@dataclass(frozen=True)
class Instant:
    """Local times to the minute, counted from 1970-01-01 00:00; negative is blank."""

    minutes: np.ndarray

    def text(self, rows: slice) -> list[str]:
        """See `Column`."""
        minutes = self.minutes[rows].astype(np.int64)
        day, minute = np.divmod(np.maximum(minutes, 0), MINUTES_A_DAY)
        words = _day_words()[day - FIRST_DAY] + _clock_words()[minute]
        words[minutes < 0] = ""
        return words.tolist()

    def __len__(self) -> int:
        """See `Column`."""
        return len(self.minutes)


@dataclass(frozen=True)
class Numbered:
    """Identifiers: `prefix` and a number of `width` digits; a number below 1 is blank."""

    numbers: np.ndarray
    prefix: str = ""
    width: int = 1

    def text(self, rows: slice) -> list[str]:
        """See `Column`."""
        form = f"{self.prefix}%0{self.width}d"
        return [form % number if number > 0 else "" for number in self.numbers[rows].tolist()]

    def __len__(self) -> int:
        """See `Column`."""
        return len(self.numbers)


@dataclass(frozen=True)
class Measured:
    """Whole numbers, or numbers with a fixed count of decimals; not-a-number is blank."""

    values: np.ndarray
    decimals: int = 0

    def text(self, rows: slice) -> list[str]:
        """See `Column`."""
        if self.values.dtype.kind in "iu":
            return list(map(str, self.values[rows].tolist()))
        form = f"%.{self.decimals}f"
        return ["" if math.isnan(value) else form % value for value in self.values[rows].tolist()]

    def __len__(self) -> int:
        """See `Column`."""
        return len(self.values)


def coded(index: np.ndarray, words: Sequence[str]) -> Coded:
    """Column of `words[index]`; index -1 is blank."""
    return Coded(np.asarray(index, dtype=np.int32), np.array([*words, ""], dtype=object))


def listed(values: Sequence[str]) -> Coded:
    """Column of values given one by one: for small tables."""
    return coded(np.arange(len(values)), values)


def constant(value: str, count: int) -> Coded:
    """Column of one value."""
    return coded(np.zeros(count, dtype=np.int32), (value,))


def date_text(day: int) -> str:
    """CCYY-MM-DD of one day; `NEVER` is blank."""
    return "" if day == NEVER else str(_day_words()[day - FIRST_DAY])
