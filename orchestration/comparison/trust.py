"""Which failing rules touch a figure: by unit, measure and month, so that bad data are not read as bad practice."""

from collections.abc import Callable, Mapping

import psycopg

from orchestration.comparison import tables
from orchestration.comparison.declaration import Place, Table

NAME = "measure_trust"
# Of a unit with so many records in doubt, the figure says more about its data than about its practice.
UNTRUSTED_SHARE = 0.1
# Of fewer records a share says nothing, and the figure is too small to be judged anyway.
FEWEST_UNTRUSTED = 5
# What is missing after a late or refused delivery, and what is wrong with a short or faulty one.
_MISSING = ["lag_days", "not_loaded_count"]
_FAULTY = ["volume_share", "quarantine_share"]

_WRITE = """
insert into {marts}.measure_trust
    (org_unit_key, measure_id, month_on, rule_id, touched_count, touched_count_12m, is_untrusted, reason)
with asked as (
    select rule_id, gate, table_name, column_name, is_success, description
    from quality.run_check_result
    where run_id = {run_id}
),

touched as (
    select
        bridge.ancestor_org_unit_key as org_unit_key,
        record.measure_id,
        record.month_on,
        asked.rule_id,
        asked.description,
        record.record_type,
        record.record_id
    from quality.failing_record as failing
    inner join asked on failing.rule_id = asked.rule_id
    inner join quality.rule_measure as endangered on failing.rule_id = endangered.rule_id
    inner join {marts}.measure_record as record
        on
            endangered.measure_id = record.measure_id
            and failing.record_id = record.record_id
            and failing.record_type = record.record_type
    inner join {marts}.bridge_org_unit as bridge
        on
            record.org_unit_key = bridge.org_unit_key
            and record.occurred_on between bridge.valid_from_on and coalesce(bridge.valid_to_on, 'infinity')
    inner join {marts}.dim_org_unit as unit on bridge.ancestor_org_unit_key = unit.org_unit_key
    inner join {marts}.dim_measure as measure on record.measure_id = measure.measure_id
    where
        failing.run_id = {run_id}
        and record.exclusion_reason is null
        -- A measure of the data themselves is not in doubt for what it counts.
        and measure.domain <> 'coding'
        -- Whose a record is makes no difference above those between whom it could be.
        and (asked.table_name <> 'int_attribution' or unit.org_unit_level in ('clinician', 'department'))
),

by_rule as (
    select org_unit_key, measure_id, month_on, rule_id, description, count(*) as touched_count
    from touched
    group by org_unit_key, measure_id, month_on, rule_id, description
),

by_rule_12m as (
    select
        by_rule.org_unit_key,
        by_rule.measure_id,
        month.month_on,
        by_rule.rule_id,
        by_rule.description,
        sum(by_rule.touched_count) filter (where by_rule.month_on = month.month_on) as touched_count,
        sum(by_rule.touched_count) as touched_count_12m
    from by_rule
    inner join {marts}.dim_month as month
        on month.month_on between by_rule.month_on and by_rule.month_on + interval '11 months'
    group by by_rule.org_unit_key, by_rule.measure_id, month.month_on, by_rule.rule_id, by_rule.description
),

-- A record that fails two rules is one record in doubt.
by_month as (
    select org_unit_key, measure_id, month_on, count(distinct (record_type, record_id)) as touched_count
    from touched
    group by org_unit_key, measure_id, month_on
),

in_doubt as (
    select
        by_month.org_unit_key,
        by_month.measure_id,
        month.month_on,
        sum(by_month.touched_count) as touched_count_12m
    from by_month
    inner join {marts}.dim_month as month
        on month.month_on between by_month.month_on and by_month.month_on + interval '11 months'
    group by by_month.org_unit_key, by_month.measure_id, month.month_on
),

delivered as (
    select
        source_name || '__' || table_name as table_name,
        extracted_at,
        row_number() over (partition by source_name, table_name order by extracted_at desc, delivery_id desc) as recency
    from quality.delivery_ledger
    where state = 'loaded' and loaded_at < {known_before}
),

-- The month of the last delivery is the first that may be incomplete; of a faulty one, that of the delivery before it.
feed_failed as (
    select asked.rule_id, asked.table_name, asked.description, date_trunc('month', delivered.extracted_at) as from_on
    from asked
    inner join delivered
        on
            asked.table_name = delivered.table_name
            and delivered.recency = case when asked.column_name = any({faulty}) then 2 else 1 end
    where asked.gate = 'raw' and not asked.is_success and asked.column_name = any({figures})
)

select
    by_rule_12m.org_unit_key,
    by_rule_12m.measure_id,
    by_rule_12m.month_on,
    by_rule_12m.rule_id,
    coalesce(by_rule_12m.touched_count, 0),
    by_rule_12m.touched_count_12m,
    in_doubt.touched_count_12m >= greatest({share} * figure.record_count_12m, {fewest}),
    by_rule_12m.touched_count_12m || ' of ' || figure.record_count_12m || ' records fail the check: '
    || by_rule_12m.description
from by_rule_12m
inner join in_doubt using (org_unit_key, measure_id, month_on)
inner join {marts}.performance as figure using (org_unit_key, measure_id, month_on)
union all
select
    figure.org_unit_key,
    figure.measure_id,
    figure.month_on,
    feed_failed.rule_id,
    null,
    null,
    true,
    feed_failed.table_name || ' fails the check: ' || feed_failed.description
from feed_failed
inner join {marts}.measure_feed as feed on feed_failed.table_name = feed.source_name || '__' || feed.table_name
inner join {marts}.performance as figure
    on feed.measure_id = figure.measure_id and figure.month_on >= feed_failed.from_on
"""


def write(
    connection: psycopg.Connection, place: Place, declared: Mapping[str, Table], on_progress: Callable[[str], object]
) -> dict[str, int]:
    """Make the table from the answers of the gates and the marts in `place`; return its rows by its name."""
    tables.create(connection, place, declared[NAME])
    with connection.transaction():
        limits = {"share": UNTRUSTED_SHARE, "fewest": FEWEST_UNTRUSTED}
        query = tables.query(_WRITE, place, **limits, figures=[*_MISSING, *_FAULTY], faulty=_FAULTY)
        connection.execute(query)
        tables.finish(connection, place, declared[NAME])
    count = tables.count(connection, place, declared[NAME])
    on_progress(f"{count:,} figures are touched by a rule that does not hold of all their records")
    return {NAME: count}
