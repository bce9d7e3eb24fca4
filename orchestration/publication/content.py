"""What a publication holds, in numbers: rows of each stored mart, and a hash of the content that a rebuild gives."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from orchestration.publication.served import ServedModel

# A row's text must not depend on who asks for it.
_AS_TEXT = "set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local extra_float_digits = 1"
_COLUMNS = """
select quote_ident(attname)
from pg_attribute
where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped
order by attname collate "C"
"""
# A sum does not depend on the order of rows, and repeated rows count.
_SUM = "select count(*), coalesce(sum(hashtextextended(cast(row({columns}) as text), 0)), 0) from {table}"
_COUNT = "select count(*) from {table}"


@dataclass(frozen=True)
class Contents:
    """One stored mart: its rows and, where they are content, their hash (hex); else None."""

    table_name: str
    row_count: int
    content_hash: str | None


def read(connection: psycopg.Connection, schema: str, models: Sequence[ServedModel]) -> tuple[Contents, ...]:
    """Return what the stored `models` hold in `schema`, by name."""
    with connection.transaction():
        connection.execute(_AS_TEXT)
        return tuple(_of(connection, schema, model) for model in models if not model.is_view)


def whole(contents: Sequence[Contents]) -> str:
    """Return one hash (hex) over the content of all tables."""
    hashed = sorted((of.table_name, of.content_hash) for of in contents if of.content_hash)
    return hashlib.sha256(repr(hashed).encode()).hexdigest()


def differing(first: Sequence[Contents], second: Sequence[Contents]) -> list[str]:
    """Return the tables whose content is not the same in both, or is in one only, by name."""
    of_first, of_second = ({of.table_name: of.content_hash for of in one if of.content_hash} for one in (first, second))
    return sorted(name for name in {*of_first, *of_second} if of_first.get(name) != of_second.get(name))


def _of(connection: psycopg.Connection, schema: str, model: ServedModel) -> Contents:
    table = sql.Identifier(schema, model.name)
    if not model.is_content:
        return Contents(model.name, _one(connection, sql.SQL(_COUNT).format(table=table))[0], None)
    names = [row[0] for row in connection.execute(_COLUMNS, [table.as_string(connection)]).fetchall()]
    columns = sql.SQL(", ").join(map(sql.SQL, names))
    count, total = _one(connection, sql.SQL(_SUM).format(columns=columns, table=table))
    digest = hashlib.sha256(repr((model.name, names, count, int(total))).encode())
    return Contents(model.name, count, digest.hexdigest())


def _one(connection: psycopg.Connection, query: sql.Composed) -> tuple:
    return connection.execute(query).fetchone() or ()
