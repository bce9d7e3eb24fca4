-- What is published of the trend chart: each month of a unit with mean, natural process limits, what the month is among
-- them and whether they begin anew there, all in the unit in which it is read. A page draws; nothing is computed there.
with figure as (
    select
        performance.audience,
        performance.org_unit_key,
        performance.measure_id,
        performance.month_on,
        performance.is_suppressed,
        performance.record_count,
        {{ display_value('performance.value', 'measure.unit') }} as display_value,
        {{ display_value('performance.trend_mean', 'measure.unit') }} as mean,
        {{ display_upper_limit('performance.trend_upper', 'measure.unit') }} as upper_limit,
        {{ display_lower_limit('performance.trend_lower', 'measure.unit') }} as lower_limit,
        {{ display_value('measure.target', 'measure.unit') }} as target,
        case when performance.value is not null then coalesce(performance.trend_point, 'common') end as point,
        rebase.from_on is not null as is_rebased,
        unit.unit_label,
        measure.measure_title
    from {{ ref('performance_shown') }} as performance
    inner join {{ ref('rpt_unit') }} as unit on performance.org_unit_key = unit.org_unit_key
    inner join {{ ref('rpt_measure') }} as measure on performance.measure_id = measure.measure_id
    left join {{ ref('int_rebase') }} as rebase
        on
            performance.org_unit_key = rebase.org_unit_key
            and performance.measure_id = rebase.measure_id
            and performance.month_on = rebase.from_on
)

select
    audience,
    org_unit_key,
    measure_id,
    month_on,
    {{ month_text('month_on') }} as month_label,
    {{ financial_year_text('month_on') }} as financial_year,
    unit_label,
    measure_title,
    {%- for name in ['display_value', 'mean', 'upper_limit', 'lower_limit', 'target'] %}
    cast({{ name }} as numeric(28, 12)) as {{ name }},
    {%- endfor %}
    {#- one column for each colour: a chart tells its points apart by column #}
    {%- for name, points in {
        'common_value': "'common'", 'improvement_value': "'improvement'", 'concern_value': "'concern'",
        'neutral_value': "'neutral high', 'neutral low'",
    }.items() %}
    cast(case when point in ({{ points }}) then display_value end as numeric(28, 12)) as {{ name }},
    {%- endfor %}
    cast(case when is_rebased then mean end as numeric(28, 12)) as rebased_mean,
    is_suppressed,
    record_count
from figure
