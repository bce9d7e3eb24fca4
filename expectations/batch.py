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
    """Return SQL for the newest version of each business key, with the columns that the rules name.

    A corrected row must heal the check that it failed, so versions that were replaced are not asked. The hash of
    the key sorts fast; the key itself behind it keeps two keys apart whose hashes are equal.
    """
    words = set(re.findall(r"\w+", " ".join(f"{rule.column_name} {rule.arguments}" for rule in rules)))
    names = [column.name for column in contract.columns if column.name in words]
    listed = ", ".join(dict.fromkeys([*contract.business_key, *names, "_extracted_at"]))
    key = ", ".join(contract.business_key)
    return (
        f"select distinct on (_key_hash, {key}) {listed} from {schema}.{contract.name} "  # noqa: S608 - names of a contract
        f"order by _key_hash, {key}, _extracted_at desc, _delivery_id desc, _row_number desc"
    )


def columns(schema: str) -> str:
    """Return SQL for the columns of all tables and views of `schema`."""
    return (
        "select table_name::text as table_name, column_name::text as column_name "  # noqa: S608 - the gate's schema
        f"from information_schema.columns where table_schema = '{schema}'"
    )


def feed_state(contracts: Sequence[Contract], schema: str) -> str:
    """Return SQL for one row per feed with the figures that its rules ask.

    `row_count`; `unaccounted_count` (rows too many or too few for the ledger, in the table and in quarantine);
    `refused_count` (1 when the newest delivery was refused); `quarantine_share`, the largest of the deliveries after
    which no file of at least half their size came (a few good corrections do not make a faulty extract good);
    `volume_share` (its rows over the usual: for a snapshot those of the one before, else the median of the former
    ones; 1 while there is nothing to compare with); `lag_days` behind the newest feed.
    """
    counted = " union all ".join(
        f"select '{contract.name}' as feed, '{contract.delivery_kind}' as delivery_kind, count(*) as row_count "  # noqa: S608
        f"from {schema}.{contract.name}"
        for contract in contracts
    )
    return f"""
select state.* from (
with counted as ({counted}),
delivery as (
    select
        delivery_id, source_name || '__' || table_name as feed, state, extracted_at, received_count, loaded_count,
        quarantined_count,
        row_number() over (
            partition by source_name, table_name order by extracted_at desc, delivery_id desc
        ) as newest_number,
        row_number() over (
            partition by source_name, table_name, state order by extracted_at desc, delivery_id desc
        ) as newest_number_of_state,
        coalesce(max(received_count) over (
            partition by source_name, table_name order by extracted_at desc, delivery_id desc
            rows between unbounded preceding and 1 preceding
        ), 0) as later_count
    from {schema}.delivery
),
quarantined as (
    select d.feed, count(*) as row_count
    from {schema}.quarantine as q
    inner join delivery as d on d.delivery_id = q.delivery_id
    group by d.feed
),
ledger as (
    select
        feed,
        sum(loaded_count) as loaded_count,
        sum(quarantined_count) as quarantined_count,
        max(extracted_at) filter (where state = 'loaded') as extracted_at,
        count(*) filter (where newest_number = 1 and state = 'refused') as refused_count,
        max(received_count) filter (where state = 'loaded' and newest_number_of_state = 1) as received_count,
        max(quarantined_count / nullif(received_count, 0)::float)
        filter (where later_count < 0.5 * received_count) as quarantine_share,
        max(received_count) filter (where state = 'loaded' and newest_number_of_state = 2) as former_count,
        count(*) filter (where state = 'loaded' and newest_number_of_state > 1) as former_deliveries,
        percentile_cont(0.5) within group (order by received_count)
        filter (where state = 'loaded' and newest_number_of_state between 2 and 11) as usual_count
    from delivery
    group by feed
)
select
    c.feed,
    c.row_count,
    abs(c.row_count - coalesce(l.loaded_count, 0))
    + abs(coalesce(q.row_count, 0) - coalesce(l.quarantined_count, 0)) as unaccounted_count,
    coalesce(l.refused_count, 0) as refused_count,
    coalesce(l.quarantine_share, 0)::float as quarantine_share,
    coalesce(
        case
            when c.delivery_kind = 'full_snapshot' then l.received_count / nullif(l.former_count, 0)::float
            when l.former_deliveries >= {_FORMER_DELIVERIES} then l.received_count / nullif(l.usual_count, 0)
        end, 1)::float as volume_share,
    coalesce(
        extract(epoch from max(l.extracted_at) over () - l.extracted_at) / 86400, 0)::float as lag_days
from counted as c
left join ledger as l on l.feed = c.feed
left join quarantined as q on q.feed = c.feed
) as state
"""  # noqa: S608 - the names are those of contracts, which are checked where they are read
