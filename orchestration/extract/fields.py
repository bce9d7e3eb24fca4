"""Whether the fields of a row fit their contract, and the one text by which each is kept.

A row is asked as a whole first: values that were seen before and are kept as they stand are in a set, and one look
tells whether all of a row's are. Only a row with something new is read field by field, so that a clean file costs a
fraction of a microsecond a column, and a faulty one gets all its reasons.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter

from orchestration.extract.contracts import Column, Contract

_SHOWN = 60
# Values kept in mind of one kind of column; a kind with more (moments) is read afresh now and then.
_REMEMBERED = 100_000

Picker = Callable[[Sequence[bytes]], Sequence[bytes]]


@dataclass(frozen=True)
class Judged:
    """A row read field by field: `values` as they are kept, or the `problems` for which it is set aside."""

    values: tuple[str, ...]
    problems: tuple[str, ...]
    is_deletion: bool = False


class Fields:
    """The columns of one file in its order, and what was learnt of their values."""

    def __init__(self, names: Sequence[str], contract: Contract, period: tuple[date, date] | None = None) -> None:
        """`names` are those of the contract in the file's order; a bulk replacement's rows must lie in `period`."""
        declared = {column.name: column for column in contract.columns}
        self._columns = tuple(declared[name] for name in names)
        self._contract = contract
        self._period = (period[0].isoformat(), period[1].isoformat()) if period else None
        self._change = names.index(contract.change_type.column) if contract.change_type else None
        self._deletes = frozenset(contract.change_type.delete if contract.change_type else ())
        self.key = tuple(names.index(name) for name in contract.business_key)
        self.extracted_at = names.index(contract.extracted_at_column) if contract.extracted_at_column else None
        self.is_in_order = list(names) == list(declared)
        self.order = tuple(names.index(name) for name in declared)
        self._required, self._coded, self._kinds = self._sort_columns()
        self._combinations: set[Sequence[bytes]] = set()
        self.are_clean = self._question()

    def is_deletion(self, fields: Sequence[str]) -> bool:
        """Tell whether a row says that its key is gone."""
        return self._change is not None and fields[self._change].strip() in self._deletes

    def judge(self, fields: Sequence[str]) -> Judged:
        """Read a row field by field; a deletion needs no more than its key, and keeps no more."""
        is_deletion = self.is_deletion(fields)
        needed = {*self.key, self._change, self.extracted_at}
        values, problems = [], []
        for at, (column, text) in enumerate(zip(self._columns, fields, strict=True)):
            value, problem = ("", "") if is_deletion and at not in needed else self._read(column, text)
            values.append(value)
            if problem:
                problems.append(problem)
        if not problems and not is_deletion:
            self._learn([text.encode() for text in fields], [value.encode() for value in values])
        return Judged(tuple(values), tuple(problems), is_deletion)

    def key_of(self, fields: Sequence[str]) -> tuple[str, ...] | None:
        """Return the business key, as it is kept, of a row that may be faulty elsewhere; None if it cannot be read."""
        if max(self.key) >= len(fields):
            return None
        read = [self._read(self._columns[at], fields[at]) for at in self.key]
        return None if any(problem for _, problem in read) else tuple(value for value, _ in read)

    def _sort_columns(self) -> tuple[list[int], list[int], list[tuple[list[int], set[bytes]]]]:
        """Return the places of text that must only be there, of codes, and of each other kind of column.

        Text that may be anything or nothing needs no look at all.
        """
        required, coded = [], []
        kinds: dict[tuple, list[int]] = {}
        for at, column in enumerate(self._columns):
            if column.codes or at == self._change:
                coded.append(at)
            elif column.data_type == "text" and column.form is None:
                required += [at] * column.required
            else:
                is_period = column.name == self._contract.period_column
                kinds.setdefault((column.data_type, column.form, column.required, is_period), []).append(at)
        return required, coded, [(places, set()) for places in kinds.values()]

    def _question(self) -> Callable[[Sequence[bytes]], bool]:
        """Return the function that tells whether every field is known to be good as it stands; False: look closer."""
        required, coded, combinations = _picker(self._required), _picker(self._coded), self._combinations
        kinds = [(_picker(places), known.issuperset) for places, known in self._kinds]

        def are_clean(fields: Sequence[bytes]) -> bool:
            if not all(required(fields)) or coded(fields) not in combinations:
                return False
            for pick, knows in kinds:  # noqa: SIM110 - a generator for each row would cost more than the question
                if not knows(pick(fields)):
                    return False
            return True

        return are_clean

    def _learn(self, fields: list[bytes], values: list[bytes]) -> None:
        """Keep in mind the values of a good row that are kept as they stand."""
        if all(fields[at] == values[at] for at in self._coded):
            if len(self._combinations) >= _REMEMBERED:
                self._combinations.clear()
            self._combinations.add(_picker(self._coded)(fields))
        for places, known in self._kinds:
            if len(known) >= _REMEMBERED:
                known.clear()
            known.update(fields[at] for at in places if fields[at] == values[at])

    def _read(self, column: Column, text: str) -> tuple[str, str]:
        """Return the value as it is kept, and why it does not fit ('' where it does)."""
        value = text.strip() if column.codes else text
        if value:
            try:
                value = column.written.read(value)
            except (ValueError, OverflowError):
                return "", _found(column, text, column.written.expected)
        if not value and column.required:
            return "", _found(column, text, "a value") if text else f"{column.header} is empty, expected a value"
        if value and column.codes and value not in column.codes:
            return "", _found(column, text, f"one of {', '.join(column.codes)}")
        if self._period and column.name == self._contract.period_column:
            first, last = self._period
            if not first <= value <= last:
                return "", _found(column, text, f"a date in the period of the file, {first} to {last}")
        return value, ""


def _picker(places: Sequence[int]) -> Picker:
    """Return the function that takes the fields at `places`, as a tuple."""
    if not places:
        return lambda _: ()
    if len(places) == 1:
        return lambda fields, at=places[0]: (fields[at],)  # type: ignore[misc]
    return itemgetter(*places)


def _found(column: Column, text: str, expected: str) -> str:
    return f'{column.header} is "{text[:_SHOWN]}", expected {expected}'
