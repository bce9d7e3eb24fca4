"""The tables that a gate asks, as SQL: current rows of an extract, the state of every feed, names of all columns."""

import re
from collections.abc import Sequence

from expectations.rules.rule import COLUMNS_TABLE, FEED_TABLE, Contract, Gate, Rule

# A feed's volume is compared with the median of its former deliveries; fewer than this say nothing.
_FORMER_DELIVERIES = 3


def query(name: str, gate: Gate, rules: Sequence[Rule], contracts: Sequence[Contract], schema: str) -> str | None:
    """Return the SQL of the batch `name`, or None where the table itself is asked."""
    if name == COLUMNS_TABLE:
        return columns(schema)
    if name == FEED_TABLE:
        return feed_state(contracts, schema)
    if gate == "raw":
        contract = next(contract for contract in contracts if contract.name == name)
        return current_rows(contract, rules, schema)
    return None


def current_rows(contract: Contract, rules: Sequence[Rule], schema: str) -> str:
    """Return SQL for the current version of each business key, with the columns that the rules name."""
    words = set(re.findall(r"\w+", " ".join(f"{rule.column_name} {rule.arguments}" for rule in rules)))
    names = [column.name for column in contract.columns if column.name in words]
    listed = ", ".join(dict.fromkeys([*contract.business_key, *names, "_extracted_at"]))
    return f"select {listed} from {current_version(contract, schema)} as version"  # noqa: S608 - names of a contract


def current_version(contract: Contract, schema: str) -> str:
    """Return SQL in brackets for the current version of each business key: the last one, unless it is a deletion.

    A corrected row must heal the check that it failed, so versions that were replaced are not asked, nor is what is
    gone. Staging says the same in its macro `current_version`, and why in this form; the gate comes before staging.
    """
    key = ", ".join(contract.business_key)
    is_same_key = " and ".join(f"ranked.{column} = version.{column}" for column in contract.business_key)
    table = f"{schema}.{contract.name}"
    return f"""(
    select version.* from {table} as version
    where not version._is_deleted and not exists (
        select 1 from (
            select
                _delivery_id, _loaded_at, _row_number, {key},
                row_number() over (
                    partition by _key_hash, {key}
                    order by _extracted_at desc, _delivery_id desc, _loaded_at desc, _row_number desc
                ) as recency
            from {table}
            where _key_hash in (select _key_hash from {table} group by _key_hash having count(*) > 1)
        ) as ranked
        where ranked.recency > 1 and ranked._delivery_id = version._delivery_id
        and ranked._loaded_at = version._loaded_at and ranked._row_number = version._row_number and {is_same_key}
    )
)"""  # noqa: S608 - names of a contract


def columns(schema: str) -> str:
    """Return SQL for the columns of all tables and views of `schema`."""
    return (
        "select table_name::text as table_name, column_name::text as column_name "  # noqa: S608 - the gate's schema
        f"from information_schema.columns where table_schema = '{schema}'"
    )


def feed_state(contracts: Sequence[Contract], schema: str) -> str:
    """Return SQL for one row per feed with the figures that its rules ask.

    `row_count`; `unaccounted_count` (rows that a delivery has too many or too few for its line in the ledger, in the
    table or in quarantine); `not_loaded_count` (1 when the newest delivery was refused or is held; one that somebody
    rejected does not count); `held_count` (deliveries that wait for a decision); `quarantine_share`, the largest of the
    deliveries after which no file of at least half their size was loaded (a few good corrections do not make a faulty
    extract good); `volume_share` (its rows over the usual: for a snapshot those of the one before, else the median of
    the former ones; 1 while there is nothing to compare with); `lag_days` behind the newest feed.
    """
    feeds = ", ".join(f"('{contract.name}', '{contract.delivery_kind}')" for contract in contracts)
    counted = " union all ".join(
        f"select '{contract.name}' as feed, _delivery_id as delivery_id, count(*) as row_count "  # noqa: S608
        f"from {schema}.{contract.name} group by _delivery_id"
        for contract in contracts
    )
    return f"""
select state.* from (
with feed (feed, delivery_kind) as (values {feeds}),
counted as ({counted}),
placed as (
    select
        delivery_id, source_name || '__' || table_name as feed, state, received_count,
        loaded_count + deleted_count as version_count, quarantined_count,
        -- A file that could not be read may not say when it was extracted: after all that had come before it.
        coalesce(extracted_at, max(extracted_at) over (
            partition by source_name, table_name order by delivery_id
        )) as extracted_at
    from {schema}.delivery
),
delivery as (
    select
        *,
        row_number() over (
            partition by feed, state = 'rejected' order by extracted_at desc, delivery_id desc
        ) as newest_number,
        row_number() over (partition by feed, state order by extracted_at desc, delivery_id desc)
        as newest_number_of_state,
        coalesce(max(received_count) filter (where state = 'loaded') over (
            partition by feed order by extracted_at desc, delivery_id desc
            rows between unbounded preceding and 1 preceding
        ), 0) as later_count
    from placed
),
quarantined as (
    select delivery_id, count(*) as row_count from {schema}.quarantine group by delivery_id
),
unaccounted as (
    select
        coalesce(c.feed, d.feed) as feed,
        sum(
            abs(coalesce(c.row_count, 0) - coalesce(d.version_count, 0))
            + abs(coalesce(q.row_count, 0) - coalesce(d.quarantined_count, 0))
        ) as row_count
    from counted as c
    full join delivery as d on d.feed = c.feed and d.delivery_id = c.delivery_id
    left join quarantined as q on q.delivery_id = d.delivery_id
    group by coalesce(c.feed, d.feed)
),
ledger as (
    select
        feed,
        max(extracted_at) filter (where state = 'loaded') as extracted_at,
        count(*) filter (where newest_number = 1 and state in ('refused', 'held')) as not_loaded_count,
        count(*) filter (where state = 'held') as held_count,
        max(received_count) filter (where state = 'loaded' and newest_number_of_state = 1) as received_count,
        max(quarantined_count / nullif(received_count, 0)::float)
        filter (where state = 'loaded' and later_count < 0.5 * received_count) as quarantine_share,
        max(received_count) filter (where state = 'loaded' and newest_number_of_state = 2) as former_count,
        count(*) filter (where state = 'loaded' and newest_number_of_state > 1) as former_deliveries,
        percentile_cont(0.5) within group (order by received_count)
        filter (where state = 'loaded' and newest_number_of_state between 2 and 11) as usual_count
    from delivery
    group by feed
)
select
    f.feed,
    coalesce((select sum(c.row_count) from counted as c where c.feed = f.feed), 0)::bigint as row_count,
    coalesce(u.row_count, 0)::bigint as unaccounted_count,
    coalesce(l.not_loaded_count, 0) as not_loaded_count,
    coalesce(l.held_count, 0) as held_count,
    coalesce(l.quarantine_share, 0)::float as quarantine_share,
    coalesce(
        case
            when f.delivery_kind = 'full_snapshot' then l.received_count / nullif(l.former_count, 0)::float
            when l.former_deliveries >= {_FORMER_DELIVERIES} then l.received_count / nullif(l.usual_count, 0)
        end, 1)::float as volume_share,
    coalesce(
        extract(epoch from max(l.extracted_at) over () - l.extracted_at) / 86400, 0)::float as lag_days
from feed as f
left join ledger as l on l.feed = f.feed
left join unaccounted as u on u.feed = f.feed
) as state
"""  # noqa: S608 - the names are those of contracts, which are checked where they are read
