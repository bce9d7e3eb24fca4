"""Keep each distinct version of a row once, in the order in which the source extracted them.

The versions of a business key are ordered by (_extracted_at, _delivery_id, _row_number); the last is the current one. A
row is new when it differs from the version before it in that order, whatever the order of arrival. A row hash covers
the whole row, its key included: so a collision of key hashes may keep a row once more, but never loses one.
"""

from dataclasses import dataclass

from psycopg import Connection, sql

from orchestration.extract import raw_table
from orchestration.extract.contracts import Contract
from orchestration.extract.folder import Arrival


@dataclass(frozen=True)
class Kept:
    """How many rows of a file became versions, and how many repeated the version before them."""

    loaded: int
    unchanged: int


def keep(connection: Connection, arrival: Arrival, delivery_id: int) -> Kept:
    """Insert the good rows of `incoming` that are new into the raw table; the others confirm what is there."""
    values = {
        "delivery": sql.Literal(delivery_id),
        "extracted_at": sql.Literal(arrival.extracted_at),
        "table": raw_table.identifier(arrival.contract),
        "name": sql.Literal(arrival.contract.name),
        "columns": sql.SQL(", ").join(sql.Identifier(column.name) for column in arrival.contract.columns),
        "typed": sql.SQL(", ").join(raw_table.typed(column) for column in arrival.contract.columns),
    }
    # The planner knows nothing of temporary tables: uncounted, it sorts the whole file to join it.
    connection.execute("analyze incoming (_row_number)")
    connection.execute("analyze checked (_row_number)")
    has_versions = _has_rows(connection, arrival.contract)
    unchanged = connection.execute(sql.SQL(_REPEATED).format(has_versions=has_versions, **values)).rowcount
    loaded = connection.execute(sql.SQL(_INSERT).format(**values)).rowcount
    connection.execute(sql.SQL(_CONFIRM).format(**values))
    return Kept(loaded, unchanged)


def restore(connection: Connection, arrival: Arrival) -> None:
    """After a late file: rows that had confirmed an earlier version, and now follow another, become versions.

    A at 1 March, A again at 3 March (a confirmation, no version of its own), then late B of 2 March: without this, B
    would be current. The row of 3 March then counts as loaded, no more as unchanged.
    """
    values = {
        "extracted_at": sql.Literal(arrival.extracted_at),
        "table": raw_table.identifier(arrival.contract),
        "name": sql.Literal(arrival.contract.name),
        "columns": _columns(arrival.contract),
        "version_columns": _columns(arrival.contract, "version"),
    }
    connection.execute(sql.SQL(_RESTORABLE).format(**values))
    connection.execute(sql.SQL(_RESTORE).format(**values))
    connection.execute(sql.SQL(_FORGET).format(**values))
    connection.execute(
        """
        update raw.delivery
        set loaded_count = loaded_count + restored.row_count, unchanged_count = unchanged_count - restored.row_count
        from (select delivery_id, count(*) as row_count from restorable group by delivery_id) as restored
        where delivery.delivery_id = restored.delivery_id
        """
    )


def _has_rows(connection: Connection, contract: Contract) -> sql.Literal:
    """Return the literal true or false: a first load need not look for the versions before it, row by row."""
    row = connection.execute(
        sql.SQL("select exists (select from {})").format(raw_table.identifier(contract))
    ).fetchone()
    return sql.Literal(bool(row[0]))  # type: ignore[index]


def _columns(contract: Contract, table: str | None = None) -> sql.Composable:
    names = [(table, column.name) if table else (column.name,) for column in contract.columns]
    return sql.SQL(", ").join(sql.Identifier(*name) for name in names)


# Rows that say what the version before them says: the row before in the file, or else the latest in the table.
_REPEATED = """
create temporary table repeated on commit drop as
select ordered._row_number, ordered.key_hash, ordered.row_hash, ordered.previous_hash is null as is_first
from (
    select
        _row_number,
        key_hash,
        row_hash,
        lag(row_hash) over (partition by key_hash order by _row_number) as previous_hash
    from checked
    where reason is null
) as ordered
left join lateral (
    select _row_hash
    from {table}
    where {has_versions} and _key_hash = ordered.key_hash and _extracted_at <= {extracted_at}
    order by _extracted_at desc, _delivery_id desc, _row_number desc
    limit 1
) as version on ordered.previous_hash is null
where ordered.row_hash = coalesce(ordered.previous_hash, version._row_hash)
"""

_INSERT = """
insert into {table} (_delivery_id, _row_number, _row_hash, _key_hash, _extracted_at, _loaded_at, {columns})
select {delivery}, checked._row_number, checked.row_hash, checked.key_hash, {extracted_at}, now(), {typed}
from incoming
inner join checked on incoming._row_number = checked._row_number and checked.reason is null
where not exists (select from repeated where repeated._row_number = checked._row_number)
"""

_CONFIRM = """
insert into raw.confirmation (table_name, delivery_id, row_number, key_hash, row_hash, extracted_at)
select {name}, {delivery}, _row_number, key_hash, row_hash, {extracted_at}
from repeated
where is_first
"""

# The first confirmation after the late rows of a key, unless a version stands between or it says what they say.
_RESTORABLE = """
create temporary table restorable on commit drop as
select following.*
from (
    select distinct on (key_hash) key_hash, row_hash
    from checked
    where reason is null
    order by key_hash, _row_number desc
) as late
cross join lateral (
    select delivery_id, row_number, key_hash, row_hash, extracted_at
    from raw.confirmation
    where table_name = {name} and key_hash = late.key_hash and extracted_at > {extracted_at}
    order by extracted_at, delivery_id, row_number
    limit 1
) as following
where following.row_hash <> late.row_hash
    and not exists (
        select from {table} as version
        where version._key_hash = late.key_hash
            and version._extracted_at > {extracted_at}
            and (version._extracted_at, version._delivery_id, version._row_number)
            < (following.extracted_at, following.delivery_id, following.row_number)
    )
"""

_RESTORE = """
insert into {table} (_delivery_id, _row_number, _row_hash, _key_hash, _extracted_at, _loaded_at, {columns})
select
    restorable.delivery_id, restorable.row_number, restorable.row_hash, restorable.key_hash,
    restorable.extracted_at, now(), {version_columns}
from restorable
cross join lateral (
    select * from {table}
    where _key_hash = restorable.key_hash and _row_hash = restorable.row_hash
    limit 1
) as version
"""

_FORGET = """
delete from raw.confirmation
using restorable
where confirmation.table_name = {name}
    and confirmation.key_hash = restorable.key_hash
    and confirmation.delivery_id = restorable.delivery_id
    and confirmation.row_number = restorable.row_number
"""
