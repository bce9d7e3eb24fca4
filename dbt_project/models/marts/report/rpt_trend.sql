-- The lines of the trend chart: each month with the mean and the natural process limits of the unit's own months, and
-- the twelve months that it ends once twelve lie behind it.
{%- set lines = {
    'mean': ['trend_mean', 'Mean of the months ('],
    'upper': ['trend_upper', 'Upper limit of a month ('],
    'lower': ['trend_lower', 'Lower limit of a month ('],
} %}
with figure as (
    select
        performance.audience,
        performance.org_unit_key,
        performance.measure_id,
        performance.month_on,
        performance.is_suppressed,
        performance.value,
        performance.record_count,
        performance.value_12m,
        performance.record_count_12m,
        performance.trend_mean,
        -- no proportion goes beyond 1
        case
            when measure.unit = 'proportion' then least(performance.trend_upper, 1)
            else performance.trend_upper
        end as trend_upper,
        -- no figure but a gain or a balance goes below 0
        case
            when measure.unit = 'ratio' then performance.trend_lower
            else greatest(performance.trend_lower, 0)
        end as trend_lower,
        unit.unit_label,
        measure.measure_title,
        measure.unit,
        measure.unit_symbol,
        performance.month_on >= {{ dbt.dateadd('month', 11, 'reporting_period.first_month_on') }} as has_12_months
    from {{ ref('performance_shown') }} as performance
    inner join {{ ref('rpt_unit') }} as unit on performance.org_unit_key = unit.org_unit_key
    inner join {{ ref('rpt_measure') }} as measure on performance.measure_id = measure.measure_id
    cross join {{ ref('reporting_period') }} as reporting_period
)

select
    audience,
    org_unit_key,
    measure_id,
    month_on,
    {{ month_text('month_on') }} as month_label,
    'month' as series,
    unit_label,
    measure_title,
    case when is_suppressed then 'Each month: not shown, small numbers (' else 'Each month (' end
    || unit_symbol || ')' as series_label,
    cast({{ display_value('value', 'unit') }} as numeric(28, 12)) as display_value,
    record_count
from figure

union all

select
    audience,
    org_unit_key,
    measure_id,
    month_on,
    {{ month_text('month_on') }} as month_label,
    'twelve_months' as series,
    unit_label,
    measure_title,
    case when unit = 'count' then 'Rolling 12 months, average per month (' else 'Rolling 12 months (' end
    || unit_symbol || ')' as series_label,
    cast({{ comparable_value_12m('value_12m', 'unit') }} as numeric(28, 12)) as display_value,
    record_count_12m as record_count
from figure
where has_12_months

{%- for series, (line, label) in lines.items() %}

union all

select
    audience,
    org_unit_key,
    measure_id,
    month_on,
    {{ month_text('month_on') }} as month_label,
    '{{ series }}' as series,
    unit_label,
    measure_title,
    '{{ label }}' || unit_symbol || ')' as series_label,
    cast({{ display_value(line, 'unit') }} as numeric(28, 12)) as display_value,
    record_count
from figure
where {{ line }} is not null
{%- endfor %}
