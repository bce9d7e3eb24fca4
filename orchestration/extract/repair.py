"""After a late snapshot or bulk replacement: what later deliveries said, without a version of their own, becomes one.

1 March says A, 3 March says A again (no version of its own), then late comes 2 March and says B: without this, B would
be current. Keys of which the late delivery said something new have *diverged*: for each of them the state before and
after each later delivery is followed, as it was known (`old`) and as it is known now (`new`), until the two are one
again. A state is the hash of its version; null where the key is not there.
"""

from psycopg import Connection, sql

from orchestration.extract import absence, ledger, raw_table
from orchestration.extract.contract import Contract
from orchestration.extract.ledger import Delivery


def after(connection: Connection, contract: Contract, delivery: Delivery) -> None:
    """Make the versions that later deliveries of the feed need now that `delivery` stands before them."""
    followers = ledger.later(connection, delivery)
    if not followers:
        return
    names = {
        "table": raw_table.identifier(contract),
        "position": sql.SQL("_extracted_at desc, _delivery_id desc, _loaded_at desc, _row_number desc"),
        "columns": raw_table.columns(contract),
        "version_columns": raw_table.columns(contract, "version"),
        "key": raw_table.key_columns(contract),
        "version_key": raw_table.key_columns(contract, "version"),
        "loaded_at": sql.Literal(delivery.loaded_at),
    }
    connection.execute(sql.SQL(_DIVERGED).format(**names, **_place(delivery)))
    for follower in followers:
        connection.execute("analyze diverged")
        scope = absence.in_scope(contract, follower, "version")
        connection.execute(sql.SQL(_STEP).format(scope=scope, **names, **_place(follower)))
        confirmed, deleted = connection.execute(
            "select count(*) filter (where is_said), count(*) filter (where not is_said) from step where is_needed"
        ).fetchone()  # type: ignore[misc]
        if confirmed or deleted:
            connection.execute(sql.SQL(_INSERT).format(**names, **_place(follower)))
            connection.execute(
                """
                update raw.delivery
                set loaded_count = loaded_count + %s,
                    unchanged_count = unchanged_count - %s,
                    deleted_count = deleted_count + %s
                where delivery_id = %s
                """,
                [confirmed, confirmed, deleted, follower.delivery_id],
            )
        connection.execute(_FOLLOW)
        connection.execute("drop table step")
        row = connection.execute("select exists (select from diverged)").fetchone()
        if not (row and row[0]):
            return


def _place(delivery: Delivery) -> dict[str, sql.Composable]:
    return {"delivery": sql.Literal(delivery.delivery_id), "extracted_at": sql.Literal(delivery.extracted_at)}


# State of each key that the late delivery changed: before it came, at its position, and now.
_DIVERGED = """
create temporary table diverged on commit drop as
with said as (
    select distinct on (_key_hash) _key_hash, nullif(_row_hash, 0) as new_hash
    from {table}
    where _delivery_id = {delivery} and _loaded_at = {loaded_at}
    order by _key_hash, {position}
)

select said._key_hash, former.old_hash, said.new_hash
from said
left join lateral (
    select nullif(_row_hash, 0) as old_hash
    from {table}
    where _key_hash = said._key_hash
        and (_extracted_at, _delivery_id) <= ({extracted_at}, {delivery})
        and _loaded_at < {loaded_at}
    order by {position}
    limit 1
) as former on true
where former.old_hash is distinct from said.new_hash
"""

# What a later delivery makes of each: is_said tells that it holds the key, so that its row says the state after it.
_STEP = """
create temporary table step on commit drop as
with before as (
    select
        diverged.*,
        own._row_hash is not null as has_version,
        nullif(own._row_hash, 0) as own_hash,
        case when own._row_hash is not null then nullif(own._row_hash, 0) else diverged.old_hash end as old_after,
        exists (
            select from raw.quarantine
            where quarantine.delivery_id = {delivery} and quarantine.key_hash = diverged._key_hash
        ) as is_silent
    from diverged
    left join lateral (
        select _row_hash
        from {table}
        where _key_hash = diverged._key_hash and _delivery_id = {delivery} and _loaded_at < {loaded_at}
        order by {position}
        limit 1
    ) as own on true
),

scoped as (
    select
        before.*,
        exists (
            select from {table} as version
            where version._key_hash = before._key_hash and version._row_hash = before.old_after and {scope}
        ) as is_old_in_scope,
        exists (
            select from {table} as version
            where version._key_hash = before._key_hash and version._row_hash = before.new_hash and {scope}
        ) as is_new_in_scope
    from before
),

after as (
    select
        scoped.*,
        is_old_in_scope and not is_silent as is_said,
        case
            when is_silent then new_hash
            when is_old_in_scope then old_after
            when not is_new_in_scope then new_hash
        end as new_after
    from scoped
)

select
    _key_hash,
    old_after,
    new_after,
    is_said,
    -- What the versions that are there would say without a new one.
    case when has_version then own_hash else new_hash end is distinct from new_after as is_needed
from after
"""

_INSERT = """
insert into {table} (_key_hash, _row_hash, _row_number, _delivery_id, _extracted_at, _loaded_at, _is_deleted, {columns})
select
    step._key_hash, version._row_hash, 0, {delivery}, {extracted_at}, {loaded_at}, false, {version_columns}
from step
cross join lateral (
    select * from {table} where _key_hash = step._key_hash and _row_hash = step.new_after limit 1
) as version
where step.is_needed and step.new_after is not null;

insert into {table} (_key_hash, _row_hash, _row_number, _delivery_id, _extracted_at, _loaded_at, _is_deleted, {key})
select step._key_hash, 0, 0, {delivery}, {extracted_at}, {loaded_at}, true, {version_key}
from step
cross join lateral (
    select * from {table} where _key_hash = step._key_hash limit 1
) as version
where step.is_needed and step.new_after is null
"""

_FOLLOW = """
truncate diverged;
insert into diverged (_key_hash, old_hash, new_hash)
select _key_hash, old_after, new_after from step where old_after is distinct from new_after
"""
