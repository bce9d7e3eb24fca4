"""Proof that no row of the append-only tables was changed, removed or inserted since it was written."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from expectations import chain
from orchestration.errors import WarehouseError

# When a row was written, and what it is called, by table.
_NAMES = {"check_result": ("checked_at", "check_result_id"), "publication": ("attempted_at", "publication_id")}
_SETTINGS = """
set local timezone = 'UTC'; set local extra_float_digits = 1; set local bytea_output = 'hex';
set local intervalstyle = 'iso_8601'
"""
# Computed here and not by the database's own function: whoever could change rows could change that, too.
_WALK = """
with link as (
    select
        {written_at} as written_at,
        {row_id} as row_id,
        chain_number,
        previous_hash,
        row_hash,
        lag(chain_number, 1, 0::bigint) over chain as number_before,
        lag(row_hash, 1, repeat('0', 64)) over chain as hash_before,
        encode(sha256(convert_to(jsonb_strip_nulls(to_jsonb(kept) - 'row_hash')::text, 'UTF8')), 'hex') as hash_now
    from {table} as kept
    window chain as (order by chain_number, row_hash)
),

judged as (
    select
        *,
        case
            when row_hash is distinct from hash_now then 'what it says was changed after it was written'
            when chain_number > number_before + 1
                then format('%s before it removed', case chain_number - number_before - 1
                    when 1 then '1 row was' else format('%s rows were', chain_number - number_before - 1) end)
            when chain_number is distinct from number_before + 1 or previous_hash is distinct from hash_before
                then 'it does not follow the row before it: one of the two was put in or changed'
        end as fault
    from link
)

select
    count(*) as row_count,
    min(written_at) as first_at,
    max(written_at) as last_at,
    (array_agg(row_hash order by chain_number desc))[1] as head,
    count(fault) as fault_count,
    (array_agg(row_id order by chain_number) filter (where fault is not null))[1] as broken_id,
    (array_agg(fault order by chain_number) filter (where fault is not null))[1] as fault,
    (
        select count(*) = 3 from pg_trigger
        where tgrelid = {name}::regclass and tgenabled in ('O', 'A')
        and tgname in ('seal_row', 'refuse_change', 'refuse_truncate')
    ) as is_guarded
from judged
"""
_UNGUARDED = "the triggers that seal new rows and refuse changes were taken away or switched off"
_PLACES = "select row_hash, {row_id}, {written_at} from {table} where row_hash = any(%s)"


class AuditError(WarehouseError):
    """What is kept for the auditor was tampered with, or is not there yet."""


@dataclass(frozen=True)
class Walk:
    """What walking one chain found: its rows, its last hash, and the first row at which it is broken, if any is.

    `is_guarded` tells whether the database seals new rows and refuses to change old ones.
    """

    row_count: int
    first_at: datetime | None
    last_at: datetime | None
    head: str | None
    fault_count: int
    broken_id: int | None
    fault: str | None
    is_guarded: bool

    @property
    def is_whole(self) -> bool:
        """Whether nothing was tampered with, and nobody has made it possible to."""
        return self.is_guarded and not self.fault_count


def walk(owner: psycopg.Connection) -> dict[str, Walk]:
    """Walk the chain of every append-only table; return what was found, by table.

    Raises `AuditError` where the tables are not there yet.
    """
    found = {}
    with owner.transaction():
        owner.execute(_SETTINGS)
        for table in chain.TABLES:
            query = sql.SQL(_WALK).format(**_names(owner, table))
            with owner.cursor(row_factory=class_row(Walk)) as cursor:
                found[table] = cursor.execute(query).fetchone()
    return found  # type: ignore[return-value]


def heads(owner: psycopg.Connection, run_id: str) -> dict[str, str]:
    """Return, by table, the hash of the last row that a run wrote: the head of the chain when the run ended.

    Who has noted it can prove that neither that row nor one before it was changed or removed since.
    """
    found = {}
    for table in chain.TABLES:
        query = sql.SQL("select row_hash from {table} where run_id = %s order by chain_number desc limit 1")
        row = owner.execute(query.format(table=_names(owner, table)["table"]), [run_id]).fetchone()
        if row:
            found[table] = str(row[0])
    return found


def find(owner: psycopg.Connection, noted: Iterable[str]) -> dict[str, str]:
    """Return, for each of the hashes that a chain still holds, in words which row it is."""
    wanted, found = list(noted), {}
    for table in chain.TABLES:
        query = sql.SQL(_PLACES).format(**_names(owner, table))
        for head, row_id, written_at in owner.execute(query, [wanted]):
            found[str(head)] = f"row {row_id} of {table}, {written_at:%d %B %Y %H:%M} UTC"
    return found


def draw(found: dict[str, Walk]) -> str:
    """Return the walks as text: a block for each table."""
    return "\n\n".join("\n".join(_block(table, one)) for table, one in found.items())


def _block(table: str, found: Walk) -> list[str]:
    if found.first_at is None or found.last_at is None:
        return [f"{table}: {'no rows yet' if found.is_guarded else _UNGUARDED}"]
    lines = [
        f"{table}: {'OK' if found.is_whole else 'NOT OK'}",
        f"  rows         {found.row_count:,}",
        f"  written      {found.first_at:%d %B %Y %H:%M} to {found.last_at:%d %B %Y %H:%M} UTC",
        f"  head         {found.head}",
    ]
    if found.fault_count:
        more = f" ({found.fault_count - 1:,} more rows are broken)" if found.fault_count > 1 else ""
        lines.append(f"  first fault  row {found.broken_id}: {found.fault}{more}")
    if not found.is_guarded:
        lines.append(f"  guard        {_UNGUARDED}")
    return lines


def _names(owner: psycopg.Connection, table: str) -> dict[str, sql.Composable]:
    row = owner.execute(
        "select 1 from pg_attribute where attrelid = to_regclass(%s) and attname = 'row_hash'", [f"quality.{table}"]
    ).fetchone()
    if row is None:
        raise AuditError("No results are kept yet: run `cpw run --extracts DIR` first.")
    written_at, row_id = _NAMES[table]
    return {
        "table": sql.Identifier("quality", table),
        "name": sql.Literal(f"quality.{table}"),
        "written_at": sql.Identifier(written_at),
        "row_id": sql.Identifier(row_id),
    }
