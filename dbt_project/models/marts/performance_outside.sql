-- What readers outside a unit between clinician and trust are shown of its figures: none that is under the measure's
-- minimum, and none from which such a one could be got by subtraction. ADR 9 says how, and why it is enough.
{%- set passes = 4 %}
with outside_unit as (
    select
        org_unit_key,
        now_of_org_unit_key
    from {{ ref('dim_org_unit') }}
    where org_unit_level not in ('trust', 'clinician')
),

-- A month that is still filling is shown to nobody outside: what is small in it need not stay so.
cell as (
    select
        performance.org_unit_key,
        performance.measure_id,
        performance.month_on,
        performance.numerator,
        performance.denominator,
        performance.value,
        performance.record_count,
        performance.numerator_12m,
        performance.denominator_12m,
        performance.value_12m,
        performance.record_count_12m,
        measure.minimum_denominator,
        coalesce(performance.denominator, performance.record_count) as n,
        coalesce(performance.denominator_12m, performance.record_count_12m) as n_12m
    from {{ ref('performance') }} as performance
    inner join outside_unit on performance.org_unit_key = outside_unit.org_unit_key
    inner join {{ ref('dim_measure') }} as measure on performance.measure_id = measure.measure_id
    inner join {{ ref('dim_month') }} as month on performance.month_on = month.month_on
    where month.is_complete
),

month_member as (
    select distinct
        bridge.ancestor_org_unit_key as parent_org_unit_key,
        bridge.org_unit_key,
        month.month_on
    from {{ ref('bridge_org_unit') }} as bridge
    inner join outside_unit on bridge.org_unit_key = outside_unit.org_unit_key
    inner join {{ ref('dim_month') }} as month
        on
            bridge.valid_from_on <= month.month_end_on
            and coalesce(bridge.valid_to_on, cast('{{ var("last_day") }}' as date)) >= month.month_on
    where bridge.depth = 1
),

-- Who stood there on how many months of the twelve.
year_member as (
    select
        month_member.parent_org_unit_key,
        month_member.org_unit_key,
        month.month_on,
        count(*) as month_count
    from month_member
    inner join {{ ref('dim_month') }} as month
        on month_member.month_on between {{ dbt.dateadd('month', -11, 'month.month_on') }} and month.month_on
    group by month_member.parent_org_unit_key, month_member.org_unit_key, month.month_on
),

-- Twelve months within which a unit came or left are made of others at their end than at their beginning.
change as (
    select
        parent_org_unit_key,
        month_on
    from year_member
    group by parent_org_unit_key, month_on
    having min(month_count) < max(month_count)
),

changed_member as (
    select distinct
        year_member.org_unit_key,
        year_member.month_on
    from year_member
    inner join change
        on
            year_member.parent_org_unit_key = change.parent_org_unit_key
            and year_member.month_on = change.month_on
),

mover as (
    select month_member.org_unit_key
    from month_member
    inner join {{ ref('dim_org_unit') }} as parent on month_member.parent_org_unit_key = parent.org_unit_key
    where parent.now_of_org_unit_key is null
    group by month_member.org_unit_key
    having count(distinct month_member.parent_org_unit_key) > 1
),

-- A unit as it stands now differs from the same as it stood by those who moved: it is hidden where one of them is.
follows as (
    select
        org_unit_key,
        now_of_org_unit_key as followed_org_unit_key
    from outside_unit
    where now_of_org_unit_key is not null

    union

    select
        outside_unit.org_unit_key,
        mover.org_unit_key as followed_org_unit_key
    from outside_unit
    inner join year_member
        on year_member.parent_org_unit_key in (outside_unit.org_unit_key, outside_unit.now_of_org_unit_key)
    inner join mover on year_member.org_unit_key = mover.org_unit_key
    where outside_unit.now_of_org_unit_key is not null
),

series as (
    select
        cell.org_unit_key,
        cell.measure_id,
        case when max(mover.org_unit_key) is null then 0 else 1 end as preference,
        sum(cell.n) as n,
        min(cell.month_on) as first_month_on,
        max(case when cell.record_count > 0 and cell.n < cell.minimum_denominator then 1 else 0 end) as has_small_month
    from cell
    left join mover on cell.org_unit_key = mover.org_unit_key
    group by cell.org_unit_key, cell.measure_id
),

-- Months: all of a unit's are shown or none, since with twelve months beside them one could be got from the others.
month_active as (
    select
        month_member.parent_org_unit_key,
        cell.org_unit_key,
        cell.measure_id,
        cell.month_on,
        cell.n,
        0 as minimum,
        series.preference + case when cell.record_count > 0 then 0 else 4 end as preference,
        series.n as weight
    from cell
    inner join month_member
        on cell.org_unit_key = month_member.org_unit_key and cell.month_on = month_member.month_on
    inner join series on cell.org_unit_key = series.org_unit_key and cell.measure_id = series.measure_id
),

month_hidden_0 as (
    select
        org_unit_key,
        measure_id
    from series
    where has_small_month = 1
),
{{ complementary('month_active', 'month_hidden', ['measure_id'], 'follows', passes) }},

-- Twelve months: those whose months are hidden anyway are hidden first.
year_active as (
    select
        year_member.parent_org_unit_key,
        cell.org_unit_key,
        cell.measure_id,
        cell.month_on,
        cell.n_12m as n,
        cell.minimum_denominator as minimum,
        series.preference + case when month_hidden.org_unit_key is null then 2 else 0 end
        + case when cell.record_count_12m > 0 then 0 else 4 end as preference,
        cell.n_12m as weight
    from cell
    inner join year_member
        on cell.org_unit_key = year_member.org_unit_key and cell.month_on = year_member.month_on
    inner join series on cell.org_unit_key = series.org_unit_key and cell.measure_id = series.measure_id
    left join month_hidden_{{ passes }} as month_hidden
        on cell.org_unit_key = month_hidden.org_unit_key and cell.measure_id = month_hidden.measure_id
),

year_hidden_0 as (
    select
        org_unit_key,
        measure_id,
        month_on
    from cell
    where record_count_12m > 0 and n_12m < minimum_denominator

    union

    -- Beside hidden months: where fewer than twelve are summed, or others at the end than at the beginning.
    select
        cell.org_unit_key,
        cell.measure_id,
        cell.month_on
    from cell
    inner join month_hidden_{{ passes }} as month_hidden
        on cell.org_unit_key = month_hidden.org_unit_key and cell.measure_id = month_hidden.measure_id
    inner join series on cell.org_unit_key = series.org_unit_key and cell.measure_id = series.measure_id
    left join changed_member
        on cell.org_unit_key = changed_member.org_unit_key and cell.month_on = changed_member.month_on
    where
        cell.record_count_12m > 0
        and (
            changed_member.org_unit_key is not null
            or cell.month_on < {{ dbt.dateadd('month', 11, 'series.first_month_on') }}
        )
),
{{ complementary('year_active', 'year_hidden', ['measure_id', 'month_on'], 'follows', passes) }},

-- The months of a unit whose twelve months are hidden would add up to them.
all_month_hidden_0 as (
    select
        org_unit_key,
        measure_id
    from month_hidden_{{ passes }}

    union

    select
        org_unit_key,
        measure_id
    from year_hidden_{{ passes }}
),
{{ complementary('month_active', 'all_month_hidden', ['measure_id'], 'follows', passes) }}

select
    cell.org_unit_key,
    cell.measure_id,
    cell.month_on,
    month_hidden.org_unit_key is not null as is_suppressed,
    case when month_hidden.org_unit_key is null then cell.numerator end as numerator,
    case when month_hidden.org_unit_key is null then cell.denominator end as denominator,
    case when month_hidden.org_unit_key is null then cell.value end as value,
    case when month_hidden.org_unit_key is null then cell.record_count end as record_count,
    year_hidden.org_unit_key is not null as is_suppressed_12m,
    case when year_hidden.org_unit_key is null then cell.numerator_12m end as numerator_12m,
    case when year_hidden.org_unit_key is null then cell.denominator_12m end as denominator_12m,
    case when year_hidden.org_unit_key is null then cell.value_12m end as value_12m,
    case when year_hidden.org_unit_key is null then cell.record_count_12m end as record_count_12m
from cell
left join all_month_hidden_{{ passes }} as month_hidden
    on cell.org_unit_key = month_hidden.org_unit_key and cell.measure_id = month_hidden.measure_id
left join year_hidden_{{ passes }} as year_hidden
    on
        cell.org_unit_key = year_hidden.org_unit_key
        and cell.measure_id = year_hidden.measure_id
        and cell.month_on = year_hidden.month_on
