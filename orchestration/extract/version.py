"""Keep each distinct version of a row once, at its position among the versions of its key.

All that was ever said of a key, in the order of positions, is its timeline: versions, confirmations that repeated them,
and what the delivery at hand says. A statement is a version when it differs from the statement before it; so a delivery
that comes late finds its place, and a confirmation that now follows something else becomes a version.
"""

from dataclasses import dataclass

from psycopg import Connection, sql

from orchestration.extract import question, raw_table
from orchestration.extract.contract import Contract
from orchestration.extract.ledger import Delivery


@dataclass(frozen=True)
class Kept:
    """How many rows of a delivery became versions, and how many repeated the statement before them."""

    loaded: int
    unchanged: int


def keep(
    connection: Connection,
    contract: Contract,
    delivery: Delivery,
    rows: sql.Identifier,
    row_count: int,
    *,
    is_large: bool,
) -> Kept:
    """Keep what is new of the `row_count` good rows in the table `rows` as versions; the others confirm what is there.

    `rows` is a segment where the delivery `is_large`: then what is not new is taken out of it, and it joins the table.
    """
    names = {
        "rows": rows,
        "table": raw_table.identifier(contract),
        "name": sql.Literal(contract.name),
        "columns": raw_table.columns(contract),
        "version_columns": raw_table.columns(contract, "version"),
        "position": raw_table.POSITION,
        "delivery": sql.Literal(delivery.delivery_id),
        "loaded_at": sql.Literal(delivery.loaded_at),
    }
    # The planner knows nothing of a table just made: uncounted, it would look up each row of many, or sort a whole
    # table to join a few. A small sample is enough.
    connection.execute("set local default_statistics_target = 10")
    connection.execute(sql.SQL("analyze {rows} (_key_hash)").format(**names))
    if is_large:
        in_question = question.of_large(connection, contract, delivery, rows, row_count)
    else:
        in_question = question.of_small(connection, contract, delivery, rows)
    if in_question:
        if is_large:
            # Each key is looked up in the segment where it is; the planner would read years to find a few.
            connection.execute("set local enable_hashjoin = off; set local enable_mergejoin = off")
        known = sql.SQL(_IN_THEIR_SEGMENTS if is_large else _ANYWHERE).format(**names)
        confirmations = sql.SQL("" if contract.removes_what_is_absent else _CONFIRMATIONS).format(**names)
        connection.execute(sql.SQL(_VERDICT).format(known=known, confirmations=confirmations, **names))
        connection.execute("set local enable_hashjoin to default; set local enable_mergejoin to default")
    else:
        connection.execute(_NO_VERDICT)
    if is_large:
        loaded = row_count - connection.execute(sql.SQL(_TAKE_OUT).format(**names)).rowcount
        raw_table.attach_segment(connection, contract, rows, delivery.delivery_id)
    else:
        loaded = connection.execute(sql.SQL(_INSERT).format(**names)).rowcount
    if in_question and not contract.removes_what_is_absent:
        connection.execute(sql.SQL(_CONFIRM).format(**names))
        if connection.execute(sql.SQL(_RESTORE).format(**names)).rowcount:
            connection.execute(sql.SQL(_FORGET).format(**names))
            connection.execute(_RECOUNT)
    return Kept(loaded, row_count - loaded)


_NO_VERDICT = """
create temporary table verdict (is_said boolean, _row_number bigint) on commit drop
"""

# Rows of the delivery that repeat what was said before them; confirmations that no longer do.
_VERDICT = """
create temporary table verdict on commit drop as
with timeline as (
    select true as is_said, false as is_confirmation, _key_hash, _row_hash, {position}
    from in_question
    inner join {rows} using (_key_hash)
    union all
    select false, false, _key_hash, _row_hash, {position}
    from {known}
    {confirmations}
),

ordered as (
    select
        *,
        lag(_row_hash) over history as former_hash,
        lag(_delivery_id) over history as former_delivery_id,
        lag(_extracted_at) over history as former_extracted_at,
        lead(_delivery_id) over history as next_delivery_id,
        lead(_extracted_at) over history as next_extracted_at
    from timeline
    window history as (partition by _key_hash order by {position})
)

select
    is_said,
    _key_hash,
    _row_hash,
    {position},
    -- Nothing that comes late can stand between two rows of one delivery and one moment.
    (former_delivery_id, former_extracted_at) is distinct from (_delivery_id, _extracted_at) as is_first
from ordered
where (is_said and former_hash = _row_hash)
    or (
        is_confirmation and former_hash is distinct from _row_hash
        -- Of what one delivery says of one moment, only the last is ever seen.
        and (next_delivery_id, next_extracted_at) is distinct from (_delivery_id, _extracted_at)
    )
"""

_IN_THEIR_SEGMENTS = "known_in inner join {table} using (_key_hash, _segment)"

_ANYWHERE = "in_question inner join {table} using (_key_hash)"

_CONFIRMATIONS = """
    union all
    select false, true, key_hash, row_hash, extracted_at, delivery_id, loaded_at, row_number
    from raw.confirmation
    where table_name = {name} and key_hash in (select _key_hash from in_question)
"""

_TAKE_OUT = """
delete from {rows} as arrived using verdict where verdict.is_said and arrived._row_number = verdict._row_number
"""

_INSERT = """
insert into {table} (
    _key_hash, _row_hash, _row_number, _delivery_id, _extracted_at, _loaded_at, _segment, _is_deleted, {columns}
)
select _key_hash, _row_hash, _row_number, _delivery_id, _extracted_at, _loaded_at, _segment, _is_deleted, {columns}
from {rows} as arrived
where _key_hash in (select _key_hash from in_question)
    and not exists (select from verdict where verdict.is_said and verdict._row_number = arrived._row_number)
"""

_CONFIRM = """
insert into raw.confirmation (table_name, delivery_id, row_number, key_hash, row_hash, extracted_at, loaded_at)
select {name}, _delivery_id, _row_number, _key_hash, _row_hash, _extracted_at, _loaded_at
from verdict
where is_said and is_first
"""

# The values are those of any version that says the same of the key.
_RESTORE = """
insert into {table} (
    _key_hash, _row_hash, _row_number, _delivery_id, _extracted_at, _loaded_at, _is_deleted, {columns}
)
select
    verdict._key_hash, verdict._row_hash, verdict._row_number, verdict._delivery_id, verdict._extracted_at,
    {loaded_at}, version._is_deleted, {version_columns}
from verdict
cross join lateral (
    select * from {table}
    where _key_hash = verdict._key_hash and _row_hash = verdict._row_hash
    limit 1
) as version
where not verdict.is_said
"""

_FORGET = """
delete from raw.confirmation
using verdict
where not verdict.is_said
    and confirmation.table_name = {name}
    and confirmation.key_hash = verdict._key_hash
    and confirmation.delivery_id = verdict._delivery_id
    and confirmation.row_number = verdict._row_number
"""

_RECOUNT = """
update raw.delivery
set loaded_count = loaded_count + restored.row_count, unchanged_count = unchanged_count - restored.row_count
from (select _delivery_id, count(*) as row_count from verdict where not is_said group by _delivery_id) as restored
where delivery.delivery_id = restored._delivery_id
"""
