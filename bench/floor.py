"""The floor: a bare COPY of the same files into logged tables of text, over one connection or several at once."""

import csv
import multiprocessing
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg
from psycopg import sql

from orchestration.extract.contract import normalise

_BLOCK = 1 << 20


def copy(dsn: str, folder: Path, connections: int) -> float:
    """Copy every file of `folder` into tables made anew in the database `dsn`; return the seconds it took.

    Files are dealt out by size, one connection and process for each hand; making the tables is not counted.
    """
    files = sorted(folder.iterdir(), key=lambda file: file.stat().st_size, reverse=True)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("drop schema if exists floor cascade")
        connection.execute("create schema floor")
        for file in files:
            connection.execute(
                sql.SQL("create table if not exists {} ({})").format(
                    _table(file), sql.SQL(", ").join(sql.SQL("{} text").format(name) for name in _columns(file))
                )
            )
        connection.execute("checkpoint")
    hands = _dealt(files, connections)
    if connections == 1:
        spans = [_copy_all(dsn, hands[0])]
    else:
        with multiprocessing.get_context("spawn").Pool(connections) as pool:
            spans = pool.starmap(_copy_all, [(dsn, hand) for hand in hands], chunksize=1)
    return max(end for _, end in spans) - min(start for start, _ in spans)


def _copy_all(dsn: str, files: Sequence[Path]) -> tuple[float, float]:
    """Return when the first COPY began and the last one was committed, by the clock that processes share."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        start = time.monotonic()
        for file in files:
            statement = sql.SQL("copy {} from stdin (format csv, header)").format(_table(file))
            with file.open("rb") as opened, connection.cursor().copy(statement) as copying:
                while block := opened.read(_BLOCK):
                    copying.write(block)
        return start, time.monotonic()


def _dealt(files: Sequence[Path], hands: int) -> list[list[Path]]:
    """Deal the files out, largest first, each to the hand that holds least."""
    dealt: list[list[Path]] = [[] for _ in range(hands)]
    sizes = [0] * hands
    for file in files:
        least = sizes.index(min(sizes))
        dealt[least].append(file)
        sizes[least] += file.stat().st_size
    return dealt


def _table(file: Path) -> sql.Identifier:
    return sql.Identifier("floor", file.stem.rsplit("__", 1)[0])


def _columns(file: Path) -> list[sql.Identifier]:
    with file.open(newline="", encoding="utf-8") as lines:
        return [sql.Identifier(normalise(name)) for name in next(csv.reader(lines))]
