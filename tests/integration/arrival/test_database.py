"""Queries read from another database: every row once, whatever cuts it."""

import csv
import dataclasses
import os
import random
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import mssql, oracle, postgresql

from orchestration.extract import database, marks, query
from orchestration.extract.contract import Contract, Query
from orchestration.extract.errors import ContractError, SourceError
from orchestration.extract.reading import Watermark, value_from_text, value_to_text
from orchestration.settings import PROJECT
from tests.integration.arrival.source import CHANGED, MIDNIGHT, PASSWORD, STAY, Source

SEED = int(os.environ.get("CPW_TEST_SEED", "1"))
# Run as a program of its own, which kills itself before event number argv[3] of reading and keeping.
CHILD = """
import os, signal, sys
from pathlib import Path
from orchestration.extract import database
from tests.integration.arrival.source import CHANGED, STAY

left = int(sys.argv[3])

def counted(call):
    def called(*arguments, **options):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*arguments, **options)
    return called

os.fsync = counted(os.fsync)
Path.replace = counted(Path.replace)
database.line = counted(database.line)
database.query.page = counted(database.query.page)
contract = CHANGED if sys.argv[4] == "changed" else STAY
print(database.read(sys.argv[1], contract, Path(sys.argv[2])).path.name)
"""


def content(path: Path) -> list[tuple]:
    with path.open(newline="") as file:
        return [tuple(row) for row in csv.reader(file, delimiter="|")][1:]


def read(source: Source, folder: Path, contract: Contract = STAY, since: Watermark | None = None) -> Any:
    made = database.read(source.url, contract, folder, since)
    database.forget(contract, folder)
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []
    return made


def stays(count: int) -> list[tuple]:
    return [(f"S{n % 3}", 2**40 + n, MIDNIGHT + timedelta(minutes=n // 5), f"note|{n}\nof it") for n in range(count)]


@pytest.mark.parametrize("count", [0, 1, 6, 7, 8, 14, 50])
def test_pages__hold_every_row_once(source: Source, tmp_path: Path, count: int) -> None:
    source.put(*stays(count))
    made = read(source, tmp_path)
    assert content(made.path) == source.rows()
    assert made.row_count == count
    found = marks.read(STAY.file_pattern, made.path.name)
    assert isinstance(found, marks.Marks)
    assert timedelta() <= datetime.now(UTC) - found.extracted_at < timedelta(minutes=1)
    assert made.path.stat().st_mode & 0o777 == 0o600


def test_row_that_comes_meanwhile__shifts_no_other(source: Source, tmp_path: Path) -> None:
    """One reading is of one moment: what was changed while it ran comes with the next."""
    source.put(*stays(30))
    before = source.rows()
    database.read(source.url, STAY, tmp_path, on_rows=lambda count: source.put(("A", count, None, "new")))
    (path,) = tmp_path.glob("stay_*.csv")
    assert content(path) == before


def test_watermark__gives_what_is_new_and_loses_no_tie(source: Source, tmp_path: Path) -> None:
    source.put(*stays(23))
    first = read(source, tmp_path, CHANGED)
    assert sorted(content(first.path)) == sorted(source.rows())
    assert read(source, tmp_path, CHANGED, first.watermark) is None
    last = first.watermark.value
    source.put(("S9", 1, last, "came at the same moment"))
    second = read(source, tmp_path, CHANGED, first.watermark)
    assert ("S9 ", "1", f"{last}", "came at the same moment") in content(second.path)
    assert read(source, tmp_path, CHANGED, second.watermark) is None
    source.put(("S9", 1, last, "changed at the same moment"))
    third = read(source, tmp_path, CHANGED, second.watermark)
    assert ("S9 ", "1", f"{last}", "changed at the same moment") in content(third.path)
    source.put(("S0", 2**40, last + timedelta(days=1), "later"))
    fourth = read(source, tmp_path, CHANGED, third.watermark)
    assert fourth.watermark.value == last + timedelta(days=1)
    assert ("S0 ", str(2**40), f"{last + timedelta(days=1)}", "later") in content(fourth.path)


ROW = st.tuples(st.sampled_from(["A", "a", "Zz", "é", "10", "9"]), st.integers(-3, 3), st.integers(0, 3))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.lists(ROW, max_size=9), min_size=1, max_size=4), page_rows=st.integers(1, 4))
def test_any_changes__reach_the_files(source: Source, tmp_path: Path, steps: list[list], page_rows: int) -> None:
    """Whatever changes between two readings, as long as its watermark does not go back: nothing is lost."""
    source.administrator.execute("truncate stay")
    contract = dataclasses.replace(CHANGED, query=dataclasses.replace(CHANGED.query, page_rows=page_rows))
    seen: dict[tuple, tuple] = {}
    since, moment = None, MIDNIGHT
    for step, rows in enumerate(steps):
        for site, number, minutes in rows:
            source.put((site, number, moment + timedelta(minutes=minutes), f"{step}"))
        moment = source.administrator.execute("select max(changed_at) from stay").fetchone()[0] or moment
        made = read(source, tmp_path, contract, since)
        if made:
            since = made.watermark
            found = content(made.path)
            assert len(found) == len({row[:2] for row in found})
            seen |= {row[:2]: row for row in found}
            made.path.unlink()
        assert sorted(seen.values()) == sorted(source.rows())


@pytest.mark.parametrize("kind", ["all", "changed"])
def test_killed_anywhere__neither_loses_nor_doubles_a_row(source: Source, tmp_path: Path, kind: str) -> None:
    """Each child goes on from what the one before left; the file of the last is that of a run that nobody disturbed."""
    source.put(*stays(60))
    choice = random.Random(SEED)
    kills, began = 0, datetime.now(UTC)
    while True:
        child = subprocess.run(
            [sys.executable, "-c", CHILD, source.url, str(tmp_path), str(choice.randint(1, 28)), kind],
            cwd=PROJECT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if child.returncode == 0:
            break
        assert child.returncode == -signal.SIGKILL, child.stderr
        kills += 1
        assert kills < 60
    path = tmp_path / child.stdout.strip()
    assert sorted(content(path)) == sorted(source.rows())
    assert kills > 3
    found = marks.read(STAY.file_pattern, path.name)
    assert abs(found.extracted_at - began) < timedelta(seconds=10)


def test_finished_but_not_remembered__is_the_same_file_again(source: Source, tmp_path: Path) -> None:
    source.put(*stays(10))
    first = database.read(source.url, CHANGED, tmp_path)
    source.put(("S9", 1, MIDNIGHT + timedelta(days=9), "later"))
    assert database.read(source.url, CHANGED, tmp_path) == first
    database.forget(CHANGED, tmp_path)
    assert database.read(source.url, CHANGED, tmp_path, first.watermark).watermark.value > first.watermark.value


def test_reading_of_another_query_or_day__is_begun_anew(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.put(*stays(20))

    def stop(count: int) -> None:
        if count > 7:
            raise KeyboardInterrupt

    for changed, longest in ((STAY, timedelta(0)), (CHANGED, timedelta(hours=1))):
        with pytest.raises(KeyboardInterrupt):
            database.read(source.url, STAY, tmp_path, on_rows=stop)
        monkeypatch.setattr(database, "LONGEST_BREAK", longest)
        rows: list[int] = []
        database.read(source.url, changed, tmp_path, on_rows=rows.append)
        assert rows == [7, 14, 20]
        database.forget(changed, tmp_path)


def test_line_cut_in_the_midst__is_taken_up_again(source: Source, tmp_path: Path) -> None:
    source.put(*stays(30))
    cut = []

    def disturb(count: int) -> None:
        if count == 14 and not cut:
            cut.append(count)
            source.administrator.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'cpw_reads'"
            )

    database.read(source.url, STAY, tmp_path, on_rows=disturb)
    (path,) = tmp_path.glob("stay_*.csv")
    assert cut == [14]
    assert content(path) == source.rows()


def with_query(sql: str, *order_by: str, watermark: str | None = None) -> Contract:
    return dataclasses.replace(STAY, query=Query("pas", sql, order_by, watermark, page_rows=7))


@pytest.mark.parametrize(
    ("contract", "sentence"),
    [
        (with_query("select * from stay", "number"), "number of its query do not tell rows apart"),
        (with_query("select * from stay", "note", "site", "number"), "are empty in some row"),
        (with_query("select site from stay", "number"), "number does not exist"),
        (with_query("select * from nothing", "site", "number"), 'relation "nothing" does not exist'),
        (with_query("select * from stay where", "site", "number"), "syntax error"),
    ],
)
def test_query_that_cannot_be_read__is_one_sentence(
    source: Source, tmp_path: Path, contract: Contract, sentence: str
) -> None:
    source.put(("S1", 1, MIDNIGHT, None), ("S2", 1, MIDNIGHT, "x"))
    with pytest.raises(SourceError, match=sentence) as caught:
        database.read(source.url, contract, tmp_path)
    assert "pas__stay" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.glob("stay_*.csv")) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("cpw_reads:", "cpw_reads:not"), "password authentication failed"),
        (("/hospital", "/nowhere"), "could not be read"),
        (("@127.0.0.1:", "@127.0.0.1:1"), "could not be read"),
        (("postgresql+psycopg", "mssql+pyodbc"), "the package pyodbc is not installed"),
        (("postgresql+psycopg", "oracle+oracledb"), "the package oracledb is not installed"),
        (("postgresql+psycopg", "dbase"), "does not know"),
        (("postgresql+psycopg://", ""), "is not one of SQLAlchemy"),
    ],
)
def test_database_that_does_not_answer__is_one_sentence_without_secrets(
    source: Source, tmp_path: Path, change: tuple[str, str], sentence: str
) -> None:
    with pytest.raises(SourceError, match=sentence) as caught:
        database.read(source.url.replace(*change), STAY, tmp_path)
    assert "check CPW_SOURCE_PAS" in str(caught.value)
    assert PASSWORD not in str(caught.value)


def test_transaction__is_read_only(source: Source, tmp_path: Path) -> None:
    """Where the role may write, the transaction still may not."""
    source.administrator.execute(
        "create or replace function write() returns text language sql volatile"
        " as $$insert into stay values ('S', 1) returning 'S'::text$$; grant insert on stay to cpw_reads"
    )
    with pytest.raises(SourceError, match="read-only transaction"):
        database.read(source.url, with_query("select write() as site, 1 as number", "site"), tmp_path)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"format": "parquet"}, "csv in utf-8"),
        ({"encoding": "cp1252"}, "csv in utf-8"),
        ({"delivery_kind": "full_snapshot"}, "a full_snapshot must hold everything"),
        ({"file_pattern": "stay_{sender}_{extracted_at}.csv"}, "cannot say {sender}"),
    ],
)
def test_contract_that_a_query_cannot_fulfil__is_refused(
    source: Source, tmp_path: Path, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ContractError, match=sentence):
        database.read(source.url, dataclasses.replace(CHANGED, **changes), tmp_path)


@pytest.mark.parametrize(
    ("dialect", "start", "end"),
    [
        (postgresql.dialect(paramstyle="named"), "SELECT *", "LIMIT ?::INTEGER"),
        (mssql.dialect(), "SELECT TOP ? *", ""),
        (oracle.dialect(), "SELECT *", "FETCH FIRST ? ROWS ONLY"),
    ],
)
def test_page__is_written_for_every_database(dialect: Any, start: str, end: str) -> None:
    asked = Query("pas", "select a, ' :b %' as b from t;", ("b",), "a", page_rows=7)
    compiled = query.page(asked, (1, 2)).compile(dialect=dialect)
    said = re.sub(r"(?<=[ (]):param_\d+|__\[POSTCOMPILE_\w+\]", "?", " ".join(str(compiled).split())).replace(
        " AS s", " s"
    )
    condition = "source_rows.a >= ? AND (source_rows.a > ? OR source_rows.b > ?)"
    assert said == " ".join(
        f"{start} FROM (select a, ' :b %' as b from t ) source_rows WHERE {condition}"
        f" ORDER BY source_rows.a, source_rows.b {end}".split()
    )
    assert sorted(compiled.params.values()) == [1, 2, 8]


def test_second_hour_of_the_clock_change__is_not_named_before_the_first() -> None:
    at = [datetime(2026, 10, 25, hour, minute, tzinfo=UTC) for hour, minute in ((0, 45), (1, 10), (1, 50), (2, 0))]
    names = [database._file_name(STAY, moment) for moment in at]
    assert names == [f"stay_20261025T{time}.csv" for time in ("014500", "015959", "015959", "020000")]


@given(
    st.integers() | st.text() | st.decimals(allow_nan=False) | st.dates() | st.datetimes() | st.binary() | st.uuids()
    | st.datetimes(timezones=st.just(UTC))
)  # fmt: skip
def test_value_of_a_key__is_kept_as_it_is(value: Any) -> None:
    kept = value_from_text(value_to_text(value))
    assert (kept, type(kept)) == (value, type(value))
