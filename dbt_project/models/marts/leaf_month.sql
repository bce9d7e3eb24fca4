-- Sums of the counted records of each leaf by measure and month: all that is rolled up, and small enough to compare.
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
)

select
    record.org_unit_key,
    record.measure_id,
    day.month_on,
    day.standing_on,
    cast(sum(record.numerator) as numeric(28, 12)) as numerator,
    cast(sum(record.denominator) as numeric(28, 12)) as denominator,
    count(*) as record_count
from {{ ref('measure_record') }} as record
inner join day on record.occurred_on = day.day_on
where record.exclusion_reason is null
group by record.org_unit_key, record.measure_id, day.month_on, day.standing_on
