-- Where each unit stands on each measure in the last month and the twelve months that it ends, ready to be read.
{%- set width, height, margin = 150, 34, 4 %}
with last_month as (
    select
        audience,
        max(month_on) as month_on
    from {{ ref('performance_shown') }}
    group by audience
),

-- A month that is still filling says nothing yet: what to make of a measure is told of the last whole one.
whole_month as (
    select
        performance.audience,
        performance.org_unit_key,
        performance.measure_id,
        performance.month_on,
        performance.state,
        performance.state_reason,
        row_number() over (
            partition by performance.audience, performance.org_unit_key, performance.measure_id
            order by performance.month_on desc
        ) as months_back
    from {{ ref('performance_shown') }} as performance
    inner join {{ ref('dim_month') }} as month on performance.month_on = month.month_on
    where month.is_complete
),

-- Rolling figures are drawn only where twelve months lie behind them.
point as (
    select
        performance.audience,
        performance.org_unit_key,
        performance.measure_id,
        performance.month_on,
        {{ display_value('performance.value', 'measure.unit') }} as value,
        case
            when performance.month_on >= {{ dbt.dateadd('month', 11, 'reporting_period.first_month_on') }}
                then {{ comparable_value_12m('performance.value_12m', 'measure.unit') }}
        end as value_12m,
        row_number() over (
            partition by performance.audience, performance.org_unit_key, performance.measure_id
            order by performance.month_on desc
        ) as months_back
    from {{ ref('performance_shown') }} as performance
    inner join {{ ref('rpt_measure') }} as measure on performance.measure_id = measure.measure_id
    cross join {{ ref('reporting_period') }} as reporting_period
),

extent as (
    select
        audience,
        org_unit_key,
        measure_id,
        min(least(value, value_12m)) as lowest,
        max(greatest(value, value_12m)) as highest
    from point
    where months_back <= 24
    group by audience, org_unit_key, measure_id
),

placed as (
    select
        point.audience,
        point.org_unit_key,
        point.measure_id,
        point.month_on,
        cast(
            {{ width - margin }} - (point.months_back - 1) * {{ (width - 2 * margin) / 23 }} as numeric(6, 1)
        ) as x,
        cast(
            {{ height - margin }} - {{ height - 2 * margin }}
            * coalesce((point.value - extent.lowest) / nullif(extent.highest - extent.lowest, 0), 0.5)
            as numeric(6, 1)
        ) as value_y,
        cast(
            {{ height - margin }} - {{ height - 2 * margin }}
            * coalesce((point.value_12m - extent.lowest) / nullif(extent.highest - extent.lowest, 0), 0.5)
            as numeric(6, 1)
        ) as value_12m_y,
        point.value is not null as has_value,
        point.value_12m is not null as has_value_12m
    from point
    inner join extent
        on
            point.audience = extent.audience
            and point.org_unit_key = extent.org_unit_key
            and point.measure_id = extent.measure_id
    where point.months_back <= 24
),

drawn as (
    select
        audience,
        org_unit_key,
        measure_id,
        {{ dbt.listagg("case when has_value then x || ',' || value_y end", "' '", 'order by month_on') }}
            as value_points,
        {{ dbt.listagg("case when has_value_12m then x || ',' || value_12m_y end", "' '", 'order by month_on') }}
            as value_12m_points
    from placed
    group by audience, org_unit_key, measure_id
),

summary as (
    select
        performance.audience,
        performance.org_unit_key,
        performance.measure_id,
        performance.month_on,
        performance.is_suppressed,
        performance.record_count,
        performance.is_suppressed_12m,
        performance.value_12m,
        performance.record_count_12m,
        performance.numerator_12m,
        performance.denominator_12m,
        unit.unit_label,
        unit.unit_order,
        unit.org_unit_level,
        measure.measure_title,
        measure.measure_order,
        measure.unit,
        measure.unit_symbol,
        measure.direction_text,
        coalesce(whole_month.state, 'too few to say') as state,
        coalesce(whole_month.state_reason, 'No whole month yet.') as state_reason,
        {{ month_text('whole_month.month_on') }} as state_month_label,
        {{ month_text('performance.month_on') }} as month_label,
        {{ shown_value_text('performance.value', 'measure.unit', 'performance.is_suppressed') }} as value_text,
        {{ shown_value_text('performance.value_12m', 'measure.unit', 'performance.is_suppressed_12m') }}
            as value_12m_text,
        '<svg xmlns="http://www.w3.org/2000/svg" width="{{ width }}" height="{{ height }}">'
        || '<polyline fill="none" stroke="{{ series_colour("each_month") }}" stroke-width="1.2" points="'
        || coalesce(drawn.value_points, '')
        || '"/><polyline fill="none" stroke="{{ series_colour("rolling_12_months") }}" stroke-width="2" points="'
        || coalesce(drawn.value_12m_points, '') || '"/></svg>' as trend_svg
    from {{ ref('performance_shown') }} as performance
    inner join last_month
        on performance.audience = last_month.audience and performance.month_on = last_month.month_on
    inner join {{ ref('rpt_unit') }} as unit on performance.org_unit_key = unit.org_unit_key
    inner join {{ ref('rpt_measure') }} as measure on performance.measure_id = measure.measure_id
    inner join drawn
        on
            performance.audience = drawn.audience
            and performance.org_unit_key = drawn.org_unit_key
            and performance.measure_id = drawn.measure_id
    left join whole_month
        on
            performance.audience = whole_month.audience
            and performance.org_unit_key = whole_month.org_unit_key
            and performance.measure_id = whole_month.measure_id
            and whole_month.months_back = 1
    where performance.record_count_12m > 0 or performance.is_suppressed_12m
)

select
    audience,
    org_unit_key,
    measure_id,
    unit_label,
    unit_order,
    org_unit_level,
    measure_title,
    measure_order,
    month_on,
    month_label,
    is_suppressed,
    value_text,
    record_count,
    is_suppressed_12m,
    value_12m_text,
    record_count_12m,
    numerator_12m,
    denominator_12m,
    cast({{ display_value('value_12m', 'unit') }} as numeric(28, 12)) as display_value_12m,
    unit,
    unit_symbol,
    direction_text,
    state,
    state_reason,
    state_month_label,
    '<div class="cpw-fit"><img alt="' || {{ html_escape('measure_title') }}
    || ' of the last 24 months" width="{{ width }}" height="{{ height }}" src="'
    || {{ svg_data_uri('trend_svg') }} || '"/></div>' as trend_html
from summary
