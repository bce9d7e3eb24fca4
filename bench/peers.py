"""Other loaders on one file, all columns text: `python -m bench.peers NAME FILE < address`, in their own environment.

None of them is faithful: a row that does not fit ends the load or is lost, nothing is typed, counted or kept apart.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyarrow import csv

# Their libraries are in no other environment than this program's.
# ruff: noqa: PLC0415

_CHUNK = 10_000
_BLOCK = 1 << 22


def adbc(dsn: str, file: Path) -> Callable[[], object]:
    """Arrow reads the file in batches and ADBC writes them with a binary COPY."""
    from adbc_driver_postgresql import dbapi

    open_csv = _opener(file)

    def ingest() -> None:
        with open_csv() as batches, dbapi.connect(dsn) as connection:
            with connection.cursor() as cursor:
                cursor.adbc_ingest("peer_adbc", batches, mode="replace")
            connection.commit()

    return ingest


def dlt(dsn: str, file: Path) -> Callable[[], object]:
    """Arrow reads the file in batches, dlt takes those as they are and loads them with COPY: its fastest way."""
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"
    # Files are written and read again at once, on the same disk: packing them would take most of the time.
    os.environ["DATA_WRITER__DISABLE_COMPRESSION"] = "true"
    import dlt as library
    import pyarrow as pa

    open_csv = _opener(file)
    pipeline = library.pipeline(
        "bench",
        pipelines_dir=tempfile.mkdtemp(prefix="bench-dlt-"),
        destination=library.destinations.postgres(dsn),
        dataset_name="peer_dlt",
    )

    @library.resource(name="peer", write_disposition="replace")
    def rows() -> Iterator[pa.Table]:
        with open_csv() as batches:
            for batch in batches:
                yield pa.Table.from_batches([batch])

    return lambda: pipeline.run(rows(), loader_file_format="csv")


def pandas(dsn: str, file: Path) -> Callable[[], object]:
    """Read in chunks and write each with `to_sql`, default method (executemany over psycopg2)."""
    import pandas as library
    from sqlalchemy import create_engine

    engine = create_engine(dsn.replace("postgresql://", "postgresql+psycopg2://", 1))

    def write() -> None:
        with engine.begin() as connection:
            if_exists = "replace"
            for chunk in library.read_csv(file, dtype=str, chunksize=_CHUNK):
                chunk.to_sql("peer_pandas", connection, if_exists=if_exists, index=False, chunksize=_CHUNK)
                if_exists = "append"

    return write


def _opener(file: Path) -> "Callable[[], csv.CSVStreamingReader]":
    """Return the function that opens `file` as batches of text; Arrow is imported now, before the clock runs."""
    import pyarrow as pa
    from pyarrow import csv

    names = file.open(encoding="utf-8").readline().rstrip("\r\n").split(",")
    read = csv.ReadOptions(block_size=_BLOCK)
    convert = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
    return lambda: csv.open_csv(file, read_options=read, convert_options=convert)


PEERS = {"adbc": adbc, "dlt": dlt, "pandas": pandas}


def main() -> None:
    """Run one peer; print the seconds it took, its imports apart, as one line of JSON."""
    load = PEERS[sys.argv[1]](sys.stdin.read().strip(), Path(sys.argv[2]))
    start = time.monotonic()
    load()
    print(json.dumps({"seconds": time.monotonic() - start}))


if __name__ == "__main__":
    main()
