-- Where each unit stands on each measure in the last month and the twelve months that it ends, ready to be read.
{%- set width, height, margin = 150, 34, 4 %}
{%- set right, step = width - margin, (width - 2 * margin) / 23 %}
{%- set x = 'cast(%s - (months_back - 1) * %s as numeric(6, 1))' % (right, step) %}
-- Rolling figures are drawn only where twelve months lie behind them.
with point as (
    select
        performance.audience,
        performance.org_unit_key,
        performance.measure_id,
        performance.month_on,
        performance.is_suppressed,
        performance.record_count,
        performance.is_suppressed_12m,
        performance.value,
        performance.value_12m,
        performance.record_count_12m,
        performance.numerator_12m,
        performance.denominator_12m,
        performance.state,
        performance.state_reason,
        max(case when performance.is_whole then performance.month_on end) over (
            partition by performance.audience, performance.org_unit_key, performance.measure_id
        ) as last_whole_month_on,
        {{ display_value('performance.value', 'measure.unit') }} as drawn_value,
        case
            when performance.month_on >= {{ dbt.dateadd('month', 11, 'reporting_period.first_month_on') }}
                then {{ comparable_value_12m('performance.value_12m', 'measure.unit') }}
        end as drawn_value_12m,
        row_number() over (
            partition by performance.audience, performance.org_unit_key, performance.measure_id
            order by performance.month_on desc
        ) as months_back
    from {{ ref('performance_shown') }} as performance
    inner join {{ ref('rpt_measure') }} as measure on performance.measure_id = measure.measure_id
    cross join {{ ref('reporting_period') }} as reporting_period
),

extended as (
    select
        audience,
        org_unit_key,
        measure_id,
        month_on,
        is_suppressed,
        record_count,
        is_suppressed_12m,
        value,
        value_12m,
        record_count_12m,
        numerator_12m,
        denominator_12m,
        state,
        state_reason,
        last_whole_month_on,
        drawn_value,
        drawn_value_12m,
        months_back,
        min(least(drawn_value, drawn_value_12m)) over series as lowest,
        max(greatest(drawn_value, drawn_value_12m)) over series as highest
    from point
    where months_back <= 24
    window series as (partition by audience, org_unit_key, measure_id)
),

placed as (
    select
        audience,
        org_unit_key,
        measure_id,
        month_on,
        is_suppressed,
        record_count,
        is_suppressed_12m,
        value,
        value_12m,
        record_count_12m,
        numerator_12m,
        denominator_12m,
        state,
        state_reason,
        last_whole_month_on,
        drawn_value,
        drawn_value_12m,
        months_back,
        case
            when drawn_value is not null
                then {{ x }} || ',' || {{ height_of('drawn_value', 'lowest', 'highest', height, margin) }}
        end as value_point,
        case
            when drawn_value_12m is not null
                then {{ x }} || ',' || {{ height_of('drawn_value_12m', 'lowest', 'highest', height, margin) }}
        end as value_12m_point
    from extended
),

-- One pass tells the last month and draws the others: joined to themselves, these rows take a planner minutes.
standing as (
    select
        audience,
        org_unit_key,
        measure_id,
        max(month_on) as month_on,
        bool_or(is_suppressed) filter (where months_back = 1) as is_suppressed,
        bool_or(is_suppressed_12m) filter (where months_back = 1) as is_suppressed_12m,
        max(value) filter (where months_back = 1) as value,
        max(value_12m) filter (where months_back = 1) as value_12m,
        max(record_count) filter (where months_back = 1) as record_count,
        max(record_count_12m) filter (where months_back = 1) as record_count_12m,
        max(numerator_12m) filter (where months_back = 1) as numerator_12m,
        max(denominator_12m) filter (where months_back = 1) as denominator_12m,
        -- A month that is still filling says nothing: what to make of a measure is told of the last whole one.
        max(state) filter (where month_on = last_whole_month_on) as state,
        max(state_reason) filter (where month_on = last_whole_month_on) as state_reason,
        max(last_whole_month_on) as state_month_on,
        {{ dbt.listagg('value_point', "' '", 'order by month_on') }} as value_points,
        {{ dbt.listagg('value_12m_point', "' '", 'order by month_on') }} as value_12m_points
    from placed
    group by audience, org_unit_key, measure_id
),

summary as (
    select
        standing.audience,
        standing.org_unit_key,
        standing.measure_id,
        standing.month_on,
        standing.is_suppressed,
        standing.record_count,
        standing.is_suppressed_12m,
        standing.value_12m,
        standing.record_count_12m,
        standing.numerator_12m,
        standing.denominator_12m,
        unit.unit_label,
        unit.unit_order,
        unit.org_unit_level,
        measure.measure_title,
        measure.measure_order,
        measure.unit,
        measure.unit_symbol,
        measure.direction_text,
        coalesce(standing.state, 'too few to say') as state,
        coalesce(standing.state_reason, 'No whole month yet.') as state_reason,
        {{ month_text('standing.state_month_on') }} as state_month_label,
        {{ month_text('standing.month_on') }} as month_label,
        {{ shown_value_text('standing.value', 'measure.unit', 'standing.is_suppressed') }} as value_text,
        {{ shown_value_text('standing.value_12m', 'measure.unit', 'standing.is_suppressed_12m') }} as value_12m_text,
        '<svg xmlns="http://www.w3.org/2000/svg" width="{{ width }}" height="{{ height }}">'
        || '<polyline fill="none" stroke="{{ series_colour("each_month") }}" stroke-width="1.2" points="'
        || coalesce(standing.value_points, '')
        || '"/><polyline fill="none" stroke="{{ series_colour("rolling_12_months") }}" stroke-width="2" points="'
        || coalesce(standing.value_12m_points, '') || '"/></svg>' as trend_svg
    from standing
    inner join {{ ref('rpt_unit') }} as unit on standing.org_unit_key = unit.org_unit_key
    inner join {{ ref('rpt_measure') }} as measure on standing.measure_id = measure.measure_id
    where standing.record_count_12m > 0 or standing.is_suppressed_12m
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
