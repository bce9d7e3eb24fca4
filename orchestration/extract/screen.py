"""Ask of many plain rows at once, column by column, which need a closer look, and by which texts the others are kept.

A column is read once for each distinct value, and what was learnt of a value is kept in mind. Most values need not even
that: a date or time that comes back as it was from a cast to its type is valid and kept as it stands, as is a text that
matches the `canonical` expression of its form.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from orchestration.extract import arrow
from orchestration.extract.contract import Column
from orchestration.extract.fields import Fields, kept
from orchestration.extract.hashing import SEPARATOR

# Values kept in mind of one kind of column; a kind with more is learnt afresh now and then.
_REMEMBERED = 100_000
# Making all lines of a block anew costs as much as a closer look at a few of its rows.
_FEW = 10
# Later than any date by which systems say that there is none.
_FIRST_DAY = arrow.text("1803-01-01").cast(pa.date32())
_NOTHING, _LINE_END, SEPARATING = map(arrow.text, ("", "\n", SEPARATOR))


@dataclass(frozen=True)
class Screened:
    """The rows of a block: `is_good` tells which are known to be good, the rest is of these.

    `ended` are their lines in the contract's order as they are kept, with line ends, `lines` the same without.
    """

    is_good: np.ndarray
    ended: pa.Array
    lines: list[bytes]
    keys: list[bytes]
    extracted_at: pa.Array
    providers: pa.Array


@dataclass
class _Kind:
    """Columns whose values are read alike, and what is known: texts kept as they stand, and others by what is kept."""

    column: Column
    places: list[int] = field(default_factory=list)
    same: set[str] = field(default_factory=set)
    others: dict[str, str | None] = field(default_factory=dict)

    def learn(self, texts: Sequence[str]) -> None:
        """Read the texts not yet known; None for one that is no value."""
        if len(self.same) + len(self.others) > _REMEMBERED:
            self.same.clear()
            self.others.clear()
        for text in texts:
            if text in self.same or text in self.others:
                continue
            try:
                value = kept(self.column, text)
            except ValueError:
                self.others[text] = None
                continue
            if value == text:
                self.same.add(text)
            else:
                self.others[text] = value


class Screen:
    """The columns of one file that need a look, by kind, and what was learnt of their values."""

    def __init__(self, fields: Fields) -> None:
        """`fields` are the columns of the file."""
        self._fields = fields
        self._all = range(len(fields.columns))
        self._names = [str(at) for at in self._all]
        self._is_in_order = fields.order == tuple(self._all)
        self._required = [at for at, column in enumerate(fields.columns) if column.required]
        self._kinds = self._sorted()
        said = (fields.change_at, fields.provider_at, fields.extracted_at)
        looked = {*self._required, *fields.key, *(at for at in said if at is not None)}
        self._looked = sorted(looked.union(*(kind.places for kind in self._kinds)))

    def screen(self, text: bytes, ends: np.ndarray) -> Screened | None:
        """Screen lines as `plain.separated` makes them, which end at `ends`; None where one has other fields."""
        columns = self._parsed(text, len(ends), self._looked if self._is_in_order else self._all)
        if columns is None:
            return None
        needs_look, is_changed = np.zeros(len(ends), bool), np.zeros(len(ends), bool)
        written = dict(columns)
        for kind in self._kinds:
            self._read(kind, columns, needs_look, is_changed)
        for at in self._required:
            if columns[at].null_count:
                needs_look |= arrow.mask(columns[at].is_null())
        self._look_at_whole_rows(columns, needs_look)
        is_changed &= ~needs_look
        if self._is_in_order and is_changed.sum() * _FEW < len(ends):
            needs_look |= is_changed
            ended = arrow.parts(text, np.concatenate([[0], ends]))
        else:
            if len(columns) < len(self._all):
                columns = {**(self._parsed(text, len(ends), self._all) or {}), **columns}
            ended = _joined([columns[at] for at in self._fields.order], _LINE_END)
        return self._screened(~needs_look, ended, columns, written)

    def _sorted(self) -> list[_Kind]:
        """Return the kinds; text that may be anything or nothing is none of them."""
        kinds: dict[tuple, _Kind] = {}
        for at, column in enumerate(self._fields.columns):
            if column.codes or column.form or column.data_type != "text":
                kind = kinds.setdefault((column.data_type, column.form, column.codes), _Kind(column))
                kind.places.append(at)
        return list(kinds.values())

    def _parsed(self, text: bytes, row_count: int, places: Sequence[int]) -> dict[int, pa.Array] | None:
        """Return the columns at `places` as text, an empty field as null; None where a line has other fields."""
        misfits = []

        def skip(row: csv.InvalidRow) -> str:
            misfits.append(row)
            return "skip"

        table = csv.read_csv(
            pa.BufferReader(text),
            csv.ReadOptions(use_threads=False, block_size=len(text) + 1, column_names=self._names),
            csv.ParseOptions(delimiter=SEPARATOR, quote_char=False, double_quote=False, invalid_row_handler=skip),
            csv.ConvertOptions(
                check_utf8=False,
                column_types=dict.fromkeys(self._names, pa.string()),
                include_columns=[self._names[at] for at in places],
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
        if misfits or table.num_rows != row_count:
            return None
        return {at: column.chunk(0) for at, column in zip(places, table.columns, strict=True)}

    def _read(self, kind: _Kind, columns: dict[int, pa.Array], needs_look: np.ndarray, is_changed: np.ndarray) -> None:
        """Read the columns of a kind; put what is kept in the place of what was written, where that differs."""
        written = pa.concat_arrays([columns[at] for at in kind.places])
        found = _not_canonical(kind.column, written)
        if kind.same.issuperset(found):
            return
        kind.learn(found)
        others = {text: kind.others[text] for text in found if text not in kind.same}
        if not others:
            return
        known = arrow.texts(list(others))
        # A place in the list of others for each field; the last, which is none of them, for most.
        place = np.from_dlpack(pc.index_in(written, known).fill_null(arrow.numbers(np.array([len(known)], "i4"))[0]))
        is_wrong = np.array([*(value is None for value in others.values()), False])[place]
        is_empty = np.array([*(value == "" for value in others.values()), False])[place]
        kept_texts = arrow.texts([*(value or "" for value in others.values()), ""]).take(arrow.numbers(place))
        kept_texts = pc.if_else(arrow.truths(place == len(known)), written, kept_texts)
        row_count = len(needs_look)
        for number, at in enumerate(kind.places):
            rows = slice(number * row_count, (number + 1) * row_count)
            needs_look |= is_wrong[rows]
            if self._fields.columns[at].required:
                needs_look |= is_empty[rows]
            is_changed |= place[rows] < len(known)
            columns[at] = kept_texts[rows]

    def _look_at_whole_rows(self, columns: dict[int, pa.Array], needs_look: np.ndarray) -> None:
        """Let rows that delete, or lie outside the period of their file, have a closer look."""
        fields = self._fields
        if fields.change_at is not None:
            said = columns[fields.change_at].unique().drop_null().to_pylist()
            deletes = arrow.texts([text for text in said if text.strip() in fields.deletes])
            needs_look |= arrow.mask(pc.is_in(columns[fields.change_at], deletes))
        if fields.period is not None and fields.period_at is not None:
            first, last = map(arrow.text, fields.period)
            on = columns[fields.period_at]
            needs_look |= arrow.mask(pc.or_(pc.less(on, first), pc.greater(on, last)))

    def _screened(
        self, is_good: np.ndarray, ended: pa.Array, columns: dict[int, pa.Array], written: dict[int, pa.Array]
    ) -> Screened:
        fields, none = self._fields, pa.nulls(0, pa.string())
        said = [columns[at] for at in fields.key]
        key = said[0] if len(said) == 1 else _joined(said)
        at = fields.extracted_at
        extracted_at = none if at is None else (written if fields.says_offset else columns)[at]
        providers = none if fields.provider_at is None else columns[fields.provider_at]
        if not is_good.all():
            mask = arrow.truths(is_good)
            ended, key = ended.filter(mask), key.filter(mask)
            extracted_at, providers = (some.filter(mask) if len(some) else some for some in (extracted_at, providers))
        lines = ended.buffers()[2].to_pybytes().split(b"\n")[:-1] if len(ended) else []
        return Screened(is_good, ended, lines, key.cast(pa.binary()).to_pylist(), extracted_at, providers.unique())


def _not_canonical(column: Column, written: pa.Array) -> list[str]:
    """Return the distinct texts of `written` that a quick look does not show to be valid, and kept as they stand."""
    written = written.drop_null()
    if not len(written):
        return []
    canonical = "" if column.codes else column.written.canonical
    if canonical:
        written = written.filter(pc.invert(pc.match_substring_regex(written, canonical)))
    elif column.form is None and column.data_type == "timestamp":
        written = _not_returning(written, pa.timestamp("s"), "%Y-%m-%d %H:%M:%S")
    elif column.form is None and column.data_type == "date":
        written = _not_returning(written.unique(), pa.date32(), "%Y-%m-%d")
    return written.unique().to_pylist()


def _not_returning(written: pa.Array, kind: pa.DataType, form: str) -> pa.Array:
    """Return the texts that do not come back as they are from a cast to `kind`, or are too early to be true."""
    try:
        values = written.cast(kind)
    except pa.ArrowInvalid:
        values = pc.strptime(written, format=form, unit="s", error_is_null=True).cast(kind)
    is_canonical = pc.and_(pc.equal(values.cast(pa.string()), written), pc.greater_equal(values, _FIRST_DAY.cast(kind)))
    return written.filter(arrow.truths(~arrow.mask(is_canonical)))


def _joined(columns: Sequence[pa.Array], end: pa.Scalar | None = None) -> pa.Array:
    """Return the lines of `columns`, each with `end` behind it."""
    *before, last = columns
    if end is not None:
        last = pc.binary_join_element_wise(last, end, _NOTHING, null_handling="replace")
    return pc.binary_join_element_wise(*before, last, SEPARATING, null_handling="replace") if before else last
