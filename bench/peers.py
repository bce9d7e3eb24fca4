"""Other loaders on one file, all columns text: `python -m bench.peers NAME FILE < address`, in their own environment.

None of them is faithful: a row that does not fit ends the load or is lost, nothing is typed, counted or kept apart.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

# Their libraries are in no other environment than this program's.
# ruff: noqa: PLC0415

_CHUNK = 10_000


def adbc(dsn: str, file: Path) -> Callable[[], object]:
    """Arrow reads the file in batches and ADBC writes them with a binary COPY."""
    import pyarrow as pa
    from adbc_driver_postgresql import dbapi
    from pyarrow import csv

    names = file.open(encoding="utf-8").readline().rstrip("\r\n").split(",")
    convert = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))

    def ingest() -> None:
        with csv.open_csv(file, convert_options=convert) as batches, dbapi.connect(dsn) as connection:
            with connection.cursor() as cursor:
                cursor.adbc_ingest("peer_adbc", batches, mode="replace")
            connection.commit()

    return ingest


def dlt(dsn: str, file: Path) -> Callable[[], object]:
    """Read with dlt's filesystem source and its CSV reader; insert through dlt's Postgres destination."""
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"
    import dlt as library
    from dlt.sources.filesystem import filesystem, read_csv

    pipeline = library.pipeline(
        "bench",
        pipelines_dir=tempfile.mkdtemp(prefix="bench-dlt-"),
        destination=library.destinations.postgres(dsn),
        dataset_name="peer_dlt",
    )
    source = filesystem(bucket_url=file.parent.as_uri(), file_glob=file.name) | read_csv(
        chunksize=_CHUNK, dtype=str, keep_default_na=False
    )
    return lambda: pipeline.run(source.with_name("episode"), write_disposition="replace")


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


PEERS = {"adbc": adbc, "dlt": dlt, "pandas": pandas}


def main() -> None:
    """Run one peer; print the seconds it took, its imports apart, as one line of JSON."""
    load = PEERS[sys.argv[1]](sys.stdin.read().strip(), Path(sys.argv[2]))
    start = time.monotonic()
    load()
    print(json.dumps({"seconds": time.monotonic() - start}))


if __name__ == "__main__":
    main()
