"""Whether the fields of a row fit their contract, why not, and the one text by which each is kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, partial

from orchestration.extract.contract import Column, Contract
from orchestration.extract.data_types import aware

_SHOWN = 60
# Of each column.
_REMEMBERED = 1000


@dataclass(frozen=True)
class Judged:
    """A row read field by field: `values` in the contract's order as they are kept, or the `problems` it has."""

    values: tuple[str, ...]
    problems: tuple[str, ...]
    key: tuple[str, ...]
    is_deletion: bool
    extracted_at: str
    provider: str


class Fields:
    """The columns of one file in its order, and what each must be."""

    def __init__(self, names: Sequence[str], contract: Contract, period: tuple[date, date] | None = None) -> None:
        """`names` are those of the contract in the file's order; a bulk replacement's rows must lie in `period`."""
        declared = {column.name: column for column in contract.columns}
        self.columns = tuple(declared[name] for name in names)
        self.period = (period[0].isoformat(), period[1].isoformat()) if period else None
        self.period_at = _place(names, contract.period_column)
        self.change_at = _place(names, contract.change_type.column if contract.change_type else None)
        self.provider_at = _place(names, contract.provider.column if contract.provider else None)
        self.extracted_at = _place(names, contract.extracted_at_column)
        # As a row's position, a time stays as it was said, with its offset: as local time, an hour is there twice.
        self.says_offset = self.extracted_at is not None and self.columns[self.extracted_at].form == "offset"
        self.deletes = frozenset(contract.change_type.delete if contract.change_type else ())
        self.key = tuple(names.index(name) for name in contract.business_key)
        self.order = tuple(names.index(name) for name in declared)
        self.needed_of_deletion = frozenset(
            at for at in (*self.key, self.change_at, self.extracted_at) if at is not None
        )

        # Most fields of rows that are read one by one were seen before, too.
        self._read = tuple(lru_cache(_REMEMBERED)(partial(self._read_at, at)) for at in range(len(names)))

    def judge(self, fields: Sequence[str]) -> Judged:
        """Read a row field by field; a deletion needs no more than its key, and keeps no more."""
        is_deletion = self.change_at is not None and fields[self.change_at].strip() in self.deletes
        values, problems = [], []
        for at, text in enumerate(fields):
            value, problem = ("", "") if is_deletion and at not in self.needed_of_deletion else self._read[at](text)
            values.append(value)
            if problem:
                problems.append(problem)
        return Judged(
            tuple(values[at] for at in self.order),
            tuple(problems),
            tuple(values[at] for at in self.key),
            is_deletion,
            "" if self.extracted_at is None else (fields if self.says_offset else values)[self.extracted_at],
            "" if self.provider_at is None else values[self.provider_at] or fields[self.provider_at].strip(),
        )

    def latest(self, times: Iterable[str]) -> datetime:
        """Return the latest of the `times` that rows say they were extracted at."""
        return max(map(aware, times)) if self.says_offset else aware(max(times))

    def key_of(self, fields: Sequence[str]) -> tuple[str, ...] | None:
        """Return the business key, as it is kept, of a row that may be faulty elsewhere; None if it cannot be read."""
        if max(self.key) >= len(fields):
            return None
        read = [self._read[at](fields[at]) for at in self.key]
        return None if any(problem for _, problem in read) else tuple(value for value, _ in read)

    def _read_at(self, at: int, text: str) -> tuple[str, str]:
        """Return the value as it is kept, and why it does not fit ('' where it does)."""
        column = self.columns[at]
        try:
            value = kept(column, text)
        except ValueError:
            return "", _found(column, text, _expected(column))
        if not value and column.required:
            return "", _found(column, text, "a value") if text else f"{column.header} is empty, expected a value"
        if self.period and at == self.period_at and not self.period[0] <= value <= self.period[1]:
            return "", _found(column, text, f"a date in the period of the file, {' to '.join(self.period)}")
        return value, ""


def kept(column: Column, text: str) -> str:
    """Return the one text by which a value of `column` is kept ('' for none). Raises `ValueError` if it is no value."""
    value = text.strip() if column.codes else text
    if value:
        try:
            value = column.written.read(value)
        except OverflowError as error:
            raise ValueError from error
    if value and column.codes and value not in column.codes:
        raise ValueError
    return value


def _expected(column: Column) -> str:
    return f"one of {', '.join(column.codes)}" if column.codes else column.written.expected


def _place(names: Sequence[str], name: str | None) -> int | None:
    return None if name is None else names.index(name)


def _found(column: Column, text: str, expected: str) -> str:
    return f'{column.header} is "{text[:_SHOWN]}", expected {expected}'
