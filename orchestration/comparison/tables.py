"""Frames out of and into Postgres by COPY, at the speed of that and with flat memory."""

from collections.abc import Iterator, Sequence
from io import BytesIO

import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.csv
from psycopg import sql

from orchestration.comparison.declaration import Place, Table, TableError

# Rows that are turned into text at a time: memory stays flat whatever the length of a frame.
_ROWS = 200_000
_TYPES = {
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "double precision": pa.float64(),
    "integer": pa.int32(),
    "text": pa.string(),
}


def read(connection: psycopg.Connection, query: sql.Composable, types: dict[str, str]) -> pd.DataFrame:
    """Return the rows of `query`, whose columns are `types` (name: type in Postgres)."""
    text = BytesIO()
    with connection.cursor().copy(sql.SQL("copy ({}) to stdout (format csv, header)").format(query)) as copy:
        for block in copy:
            text.write(block)
    text.seek(0)
    options = pa.csv.ConvertOptions(
        column_types={name: _TYPES[kind] for name, kind in types.items()},
        true_values=["t"],
        false_values=["f"],
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    found = pa.csv.read_csv(text, convert_options=options, parse_options=pa.csv.ParseOptions(newlines_in_values=True))
    return found.select(list(types)).to_pandas(date_as_object=False)


def create(connection: psycopg.Connection, place: Place, table: Table) -> None:
    """Make `table` where it is not there, and empty it where it is: views may stand on it already."""
    name = sql.Identifier(place.marts, table.name)
    with connection.transaction():
        connection.execute(sql.SQL("create table if not exists {} ({})").format(name, _definitions(table)))
        connection.execute(sql.SQL("truncate table {}").format(name))
        connection.execute(
            sql.SQL("alter table {} drop constraint if exists {}").format(name, sql.Identifier(f"{table.name}_pkey"))
        )


def write_temporary(connection: psycopg.Connection, table: Table, frame: pd.DataFrame) -> None:
    """Make `table` for this transaction alone and fill it with `frame`."""
    name = sql.Identifier(table.name)
    connection.execute(sql.SQL("create temporary table {} ({}) on commit drop").format(name, _definitions(table)))
    _copy(connection, name, table, frame)
    connection.execute(sql.SQL("analyze {}").format(name))


def append(connection: psycopg.Connection, place: Place, table: Table, frame: pd.DataFrame) -> None:
    """Add the rows of `frame` to `table`. Raises `TableError` when it has not just the declared columns."""
    _copy(connection, sql.Identifier(place.marts, table.name), table, frame)


def _definitions(table: Table) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.Identifier(column) + sql.SQL(" " + kind)  # type: ignore[arg-type]  # one of _TYPES
        for column, kind in table.columns
    )


def _copy(connection: psycopg.Connection, name: sql.Identifier, table: Table, frame: pd.DataFrame) -> None:
    names = [column for column, _ in table.columns]
    if sorted(frame.columns) != sorted(names):
        wrong = sorted(set(frame.columns) ^ set(names))
        raise TableError(f"The table {table.name} and what was computed for it differ in {', '.join(wrong)}.")
    schema = pa.schema([(column, _TYPES[kind]) for column, kind in table.columns])
    into = sql.SQL("copy {} ({}) from stdin (format csv)").format(name, columns(names))
    with connection.cursor().copy(into) as copy:
        for block in _as_text(frame[names], schema):
            copy.write(block)


def finish(connection: psycopg.Connection, place: Place, table: Table) -> None:
    """Give the filled `table` its key and tell the planner what is in it."""
    name = sql.Identifier(place.marts, table.name)
    key = sql.SQL(", ").join(map(sql.Identifier, table.key))
    connection.execute(sql.SQL("alter table {} add primary key ({})").format(name, key))
    connection.execute(sql.SQL("analyze {}").format(name))


def count(connection: psycopg.Connection, place: Place, table: Table) -> int:
    """Return the rows of `table`."""
    name = sql.Identifier(place.marts, table.name)
    row = connection.execute(sql.SQL("select count(*) from {}").format(name)).fetchone()
    return int(row[0]) if row else 0


def _as_text(frame: pd.DataFrame, schema: pa.Schema) -> Iterator[bytes]:
    for start in range(0, len(frame), _ROWS):
        rows = pa.Table.from_pandas(frame.iloc[start : start + _ROWS], schema=schema, preserve_index=False)
        text = BytesIO()
        pa.csv.write_csv(rows, text, pa.csv.WriteOptions(include_header=False))
        yield text.getvalue()


def query(text: str, place: Place, **parameters: object) -> sql.Composed:
    """Return `text` with the parts of `place` and the literals of `parameters` in their places."""
    literals = {name: sql.Literal(value) for name, value in parameters.items()}
    return sql.SQL(text).format(**place.parts(), **literals)  # type: ignore[arg-type]


def columns(names: Sequence[str]) -> sql.Composed:
    """Return the names of columns, separated by commas."""
    return sql.SQL(", ").join(map(sql.Identifier, names))
