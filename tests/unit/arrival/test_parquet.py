"""Parquet as CSV: every value as a CSV file of the same table would hold it."""

import datetime as dt
import gzip
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.extract import folder, formats
from orchestration.extract.errors import FileRefusedError
from tests.unit.arrival.feeds import HEADERS, PARQUET, cells, content

UTC = dt.UTC


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "stay_20260901.parquet"


def written(path: Path, values: Any, kind: pa.DataType | None = None, header: str = "NOTE") -> list[str]:
    """Return the cells of one column, which stands beside a key so that no line is empty."""
    array = pa.array(values, kind) if not isinstance(values, pa.Array) else values
    pq.write_table(pa.table({"STAY NUMBER": [str(n) for n in range(len(array))], header: array}), path)
    return [row[1] for row in cells(path, PARQUET)[1:]]


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (["a", "", None, 'say "so"', "a|b", "two\nlines", "Zoë", " padded "], None, None),
        ([1, None, -5, 2**62], pa.int64(), ["1", "", "-5", str(2**62)]),
        ([255, 0], pa.uint8(), ["255", "0"]),
        ([1.0, 0.1, 1e22, 2.5e-9, -3.0], pa.float64(), ["1", "0.1", "1" + "0" * 22, "0.0000000025", "-3"]),
        ([0.1, 16777216.0], pa.float32(), ["0.1", "16777216"]),
        ([Decimal("1.50"), None, Decimal("-0.01")], pa.decimal128(10, 2), ["1.50", "", "-0.01"]),
        ([True, False, None], pa.bool_(), ["true", "false", ""]),
        ([dt.date(1800, 1, 1), None, dt.date(2026, 10, 25)], pa.date32(), ["1800-01-01", "", "2026-10-25"]),
        ([dt.date(2026, 10, 25)], pa.date64(), ["2026-10-25"]),
        ([dt.time(9, 5), dt.time(9, 5, 0, 5000)], pa.time64("us"), ["09:05:00", "09:05:00.005"]),
        ([b"bytes", None], pa.binary(), ["bytes", ""]),
        ([None, None], pa.null(), ["", ""]),
        (["a", "b", "a"], pa.large_string(), ["a", "b", "a"]),
        (["a", "b", "a"], pa.string_view(), ["a", "b", "a"]),
    ],
)
def test_value__is_written_as_csv_would(
    path: Path, values: list[Any], kind: pa.DataType | None, expected: list[str] | None
) -> None:
    assert written(path, values, kind) == (expected or [value or "" for value in values])


def test_dictionary__is_its_values(path: Path) -> None:
    assert written(path, pa.array(["a", None, "b", "a"]).dictionary_encode()) == ["a", "", "b", "a"]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_moment_without_zone__is_as_it_stands(path: Path, unit: str) -> None:
    moments = [dt.datetime(2026, 10, 25, 1, 30), None]
    assert written(path, moments, pa.timestamp(unit), "SEEN AT") == ["2026-10-25 01:30:00", ""]


def test_fraction_of_a_second__is_kept(path: Path) -> None:
    moments = [dt.datetime(2026, 9, 1, 10, 0, 0, 120_000)]
    assert written(path, moments, pa.timestamp("us"), "SEEN AT") == ["2026-09-01 10:00:00.12"]


def test_moment_with_zone__is_local_time(path: Path) -> None:
    """The hour of the clock change comes twice: that is what local time is."""
    moments = [dt.datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1, 2)] + [
        dt.datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    ]
    expected = ["2026-10-25 01:30:00", "2026-10-25 01:30:00", "2026-10-25 02:30:00", "2026-03-29 02:00:00"]
    assert written(path, moments, pa.timestamp("ns", "America/New_York"), "SEEN AT") == expected


def test_midnight__is_a_date_where_one_is_declared(path: Path) -> None:
    moments = [dt.datetime(2026, 9, 1), dt.datetime(2026, 9, 1, 10)]
    assert written(path, moments, pa.timestamp("ns"), "ADMITTED ON") == ["2026-09-01", "2026-09-01 10:00:00"]
    assert written(path, moments, pa.timestamp("ns"), "SEEN AT")[0] == "2026-09-01 00:00:00"
    assert written(path, moments[:1], pa.date32(), "TIME SEEN") == ["2026-09-01 00:00:00"]


def test_stream__numbers_rows_and_begins_with_the_columns(path: Path) -> None:
    pq.write_table(pa.table({name: pa.array([], pa.string()) for name in HEADERS}), path)
    with formats.open_csv(folder.arrival(path, PARQUET)) as file:
        assert file.counts_rows
        assert file.read() == "|".join(HEADERS).encode() + b"\n"


def test_only_column__makes_no_empty_line(path: Path) -> None:
    pq.write_table(pa.table({"STAY NUMBER": ["a", None, "", "b"]}), path)
    assert content(path, PARQUET) == b'STAY NUMBER\na\n""\n""\nb\n'


def test_memory__stays_flat(path: Path) -> None:
    """A row group that is read at once would be in memory as a whole."""
    columns = {name: [f"{name} {n}" for n in range(400_000)] for name in HEADERS}
    pq.write_table(pa.table(columns), path, row_group_size=400_000, use_dictionary=False, compression="none")
    del columns
    before, most, size = pa.total_allocated_bytes(), 0, 0
    with formats.open_csv(folder.arrival(path, PARQUET)) as file:
        while block := file.read(1 << 20):
            size += len(block)
            most = max(most, pa.total_allocated_bytes() - before)
    assert size > 30 << 20
    assert most < 16 << 20


def test_packed__is_unpacked_first(path: Path) -> None:
    written(path, ["a"])
    packed = path.with_name(f"{path.name}.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert cells(packed, PARQUET) == [["STAY NUMBER", "NOTE"], ["0", "a"]]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([[1]], pa.list_(pa.int8())),
        ([{"a": 1}], pa.struct({"a": pa.int8()})),
        ([dt.timedelta(1)], pa.duration("s")),
    ],
)
def test_column_that_is_no_plain_value__is_named(path: Path, values: list[Any], kind: pa.DataType) -> None:
    with pytest.raises(FileRefusedError, match="the column NOTE holds"):
        written(path, values, kind)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "is empty"),
        (b"STAY NUMBER|NOTE\n", "is not a Parquet file"),
        (b"PK\x03\x04", "is not a Parquet file"),
        (b"PAR1", "cannot be read as a Parquet file"),
        (b"PAR1" + bytes(100) + b"PAR1", "cannot be read as a Parquet file"),
        (b"PARE" + bytes(100) + b"PARE", "is not a Parquet file"),
    ],
)
def test_other_bytes__are_refused_with_one_sentence(path: Path, data: bytes, problem: str) -> None:
    path.write_bytes(data)
    with pytest.raises(FileRefusedError, match=f"^{path.name} {problem}.*[^\n]$"):
        content(path, PARQUET)


def test_damaged_bytes__give_a_sentence_or_rows(path: Path) -> None:
    """Whatever byte is turned: never another exception."""
    written(path, [f"note {n}" for n in range(500)])
    whole = path.read_bytes()
    choice = random.Random(1)
    refused = 0
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(choice.randint(1, 3)):
            data[choice.randrange(len(data))] = choice.randrange(256)
        path.write_bytes(data[: choice.randint(4, len(data))] if choice.random() < 0.3 else data)
        try:
            content(path, PARQUET)
        except FileRefusedError:
            refused += 1
    assert refused > 50


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
MOMENT = st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1)).map(lambda at: at.replace(microsecond=0))
ROW = st.tuples(
    TEXT | st.none(),
    st.integers(-(2**31), 2**31 - 1) | st.none(),
    st.decimals(-(10**9), 10**9, places=3) | st.none(),
    st.dates(dt.date(1700, 1, 1), dt.date(2200, 1, 1)) | st.none(),
    MOMENT | st.none(),
    TEXT | st.none(),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, max_size=30), group=st.integers(1, 10))
def test_any_table__comes_back_cell_by_cell(path: Path, rows: list[tuple], group: int) -> None:
    kinds = [pa.string(), pa.int32(), pa.decimal128(15, 3), pa.date32(), pa.timestamp("us"), pa.string()]
    columns = [pa.array([row[at] for row in rows], kind) for at, kind in enumerate(kinds)]
    pq.write_table(pa.Table.from_arrays(columns, names=list(HEADERS)), path, row_group_size=group)
    expected = [["" if value is None else str(value) for value in row] for row in rows]
    assert cells(path, PARQUET) == [list(HEADERS), *expected]
