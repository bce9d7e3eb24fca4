-- Every unit's figures by measure and month: leaves are summed first, then rolled up to the units above them.
with structure_change as (
    select distinct valid_from_on as changed_on
    from {{ ref('bridge_org_unit') }}
),

-- A unit may move within a month: its records count above it where it stood on their day. Between two changes of
-- the tree all days of a month are alike, so a month is split only there.
day as (
    select
        day.day_on,
        day.month_on,
        greatest(day.month_on, max(structure_change.changed_on) over (order by day.day_on)) as standing_on
    from (
        select
            series.series_on as day_on,
            month.month_on
        from {{ ref('dim_month') }} as month
        {{ cross_join_date_series('month.month_on', 'month.month_end_on', 'day') }}
    ) as day
    left join structure_change on day.day_on = structure_change.changed_on
),

leaf_total as (
    select
        record.org_unit_key,
        record.measure_id,
        day.month_on,
        day.standing_on,
        sum(record.numerator) as numerator,
        sum(record.denominator) as denominator,
        count(*) as record_count
    from {{ ref('measure_record') }} as record
    inner join day on record.occurred_on = day.day_on
    where record.exclusion_reason is null
    group by record.org_unit_key, record.measure_id, day.month_on, day.standing_on
),

unit_total as (
    select
        bridge.ancestor_org_unit_key as org_unit_key,
        leaf_total.measure_id,
        leaf_total.month_on,
        sum(leaf_total.numerator) as numerator,
        sum(leaf_total.denominator) as denominator,
        sum(leaf_total.record_count) as record_count
    from leaf_total
    inner join {{ ref('bridge_org_unit') }} as bridge
        on
            leaf_total.org_unit_key = bridge.org_unit_key
            and leaf_total.standing_on between bridge.valid_from_on
            and coalesce(bridge.valid_to_on, cast('{{ var("last_day") }}' as date))
    inner join {{ ref('dim_measure') }} as measure on leaf_total.measure_id = measure.measure_id
    -- A local measure is its department's and that of the leaves there, and nobody's above.
    where
        measure.scope_org_unit_key is null
        or bridge.ancestor_org_unit_key in (leaf_total.org_unit_key, measure.scope_org_unit_key)
    group by bridge.ancestor_org_unit_key, leaf_total.measure_id, leaf_total.month_on
),

first_month as (
    select
        org_unit_key,
        measure_id,
        min(month_on) as month_on
    from unit_total
    group by org_unit_key, measure_id
),

-- One row for each month from a unit's first record on: without gaps, twelve rows are twelve months.
dense as (
    select
        first_month.org_unit_key,
        first_month.measure_id,
        month.month_on,
        coalesce(unit_total.numerator, 0) as numerator,
        case when measure.unit <> 'count' then coalesce(unit_total.denominator, 0) end as denominator,
        coalesce(unit_total.record_count, 0) as record_count
    from first_month
    inner join {{ ref('dim_measure') }} as measure on first_month.measure_id = measure.measure_id
    inner join {{ ref('dim_month') }} as month on first_month.month_on <= month.month_on
    left join unit_total
        on
            first_month.org_unit_key = unit_total.org_unit_key
            and first_month.measure_id = unit_total.measure_id
            and month.month_on = unit_total.month_on
),

rolling as (
    select
        org_unit_key,
        measure_id,
        month_on,
        numerator,
        denominator,
        record_count,
        sum(numerator) over last_12_months as numerator_12m,
        sum(denominator) over last_12_months as denominator_12m,
        sum(record_count) over last_12_months as record_count_12m
    from dense
    window last_12_months as (
        partition by org_unit_key, measure_id
        order by month_on
        rows between 11 preceding and current row
    )
)

-- A count has no denominator and is its own value; a ratio without a denominator has no value.
select
    org_unit_key,
    measure_id,
    month_on,
    cast(numerator as numeric(28, 12)) as numerator,
    cast(denominator as numeric(28, 12)) as denominator,
    cast(
        case when denominator is null then numerator else numerator / nullif(denominator, 0) end as numeric(28, 12)
    ) as value,
    cast(record_count as bigint) as record_count,
    cast(numerator_12m as numeric(28, 12)) as numerator_12m,
    cast(denominator_12m as numeric(28, 12)) as denominator_12m,
    cast(
        case
            when denominator_12m is null then numerator_12m
            else numerator_12m / nullif(denominator_12m, 0)
        end as numeric(28, 12)
    ) as value_12m,
    cast(record_count_12m as bigint) as record_count_12m
from rolling
