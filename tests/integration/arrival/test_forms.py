"""One table in every form that a file may have: the raw table holds the same rows, and knows where each stood."""

import dataclasses
import datetime as dt
import gzip
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.extract import load
from orchestration.postgres import connection
from orchestration.settings import Settings
from tests.unit.arrival.feeds import CSV, EXCEL, HEADERS, PARQUET

ROWS: list[tuple[Any, ...]] = [
    ("01", 3, 0.5, dt.date(2026, 9, 1), dt.datetime(2026, 9, 1, 10, 30), 'say "a|b"'),
    ("02", None, None, None, None, None),
    ("03", 1, 2.0, dt.date(1950, 2, 28), dt.datetime(2026, 10, 25, 1, 30), "two\nlines"),
    (None, 1, None, None, None, "no number"),
]
TEXT = (
    "|".join(HEADERS)
    + '\n01|3|0.5|2026-09-01|2026-09-01 10:30:00|"say ""a|b"""\n02|||||\n'
    + '03|1|2|1950-02-28|2026-10-25 01:30:00|"two\nlines"\n|1||||no number\n'
)


def plain(path: Path) -> None:
    path.write_text(TEXT)


def gz(path: Path) -> None:
    path.write_bytes(gzip.compress(TEXT.encode()))


def zipped(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("stay.csv", TEXT)


def parquet(path: Path) -> None:
    kinds = [pa.string(), pa.int32(), pa.float64(), pa.date32(), pa.timestamp("us"), pa.string()]
    columns = [pa.array([row[at] for row in ROWS], kind) for at, kind in enumerate(kinds)]
    pq.write_table(pa.Table.from_arrays(columns, names=list(HEADERS)), path)


def excel(path: Path) -> None:
    book = openpyxl.Workbook()
    for row in ((), HEADERS, *ROWS):
        book.active.append(row)
    book.save(path)


@pytest.mark.parametrize(
    ("write", "ending", "contract", "bad_row"),
    [
        (plain, ".csv", CSV, 6),
        (gz, ".csv.gz", CSV, 6),
        (zipped, ".csv.zip", CSV, 6),
        (parquet, ".parquet", PARQUET, 5),
        (excel, ".xlsx", EXCEL, 5),
    ],
)
def test_every_form__is_loaded_alike(
    settings: Settings, tmp_path: Path, write: Any, ending: str, contract: Any, bad_row: int
) -> None:
    path = tmp_path / f"stay_20260901{ending}"
    write(path)
    with connection.connect(settings, autocommit=True) as owner:
        load.prepare(owner, [contract])
        delivery = load.load_file(owner, contract, path)
        assert (delivery.state, delivery.received_count, delivery.quarantined_count) == ("loaded", 4, 1)
        assert _rows(owner) == [(*row[:2], row[2] and float(row[2]), *row[3:]) for row in ROWS[:3]]
        assert owner.execute("select row_number from raw.quarantine").fetchall() == [(bad_row,)]


def test_broken_form__is_refused_and_leaves_nothing(settings: Settings, tmp_path: Path) -> None:
    """What is wrong shows at the end of the file, when its rows are on their way."""
    path = tmp_path / "stay_20260901.csv.gz"
    body = "".join(f"{n}|1||||\n" for n in range(200_000))
    path.write_bytes(gzip.compress(f"{'|'.join(HEADERS)}\n{body}".encode())[:-10])
    with connection.connect(settings, autocommit=True) as owner:
        load.prepare(owner, [CSV])
        delivery = load.load_file(owner, CSV, path)
        assert (delivery.state, delivery.received_count) == ("refused", 0)
        assert "cut short or damaged" in delivery.sentence
        assert _rows(owner) == []
        mended = dataclasses.replace(CSV)
        path.write_bytes(gzip.compress(f"{'|'.join(HEADERS)}\n{body}".encode()))
        assert load.load_file(owner, mended, path).loaded_count == 200_000


def _rows(owner: psycopg.Connection) -> list[tuple]:
    rows = owner.execute(
        "select stay_number, beds, share::float, admitted_on, seen_at, note from raw.ward__stay order by _row_number"
    )
    return rows.fetchall()
