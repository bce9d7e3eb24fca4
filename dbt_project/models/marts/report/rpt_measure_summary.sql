-- Where each unit stands on each measure in the last month and the twelve months that it ends, ready to be read.
{%- set width, height, margin = 150, 36, 5 %}
{%- set right, step = width - margin, (width - 2 * margin) / 23 %}
{%- set x = 'cast(%s - (months_back - 1) * %s as numeric(6, 1))' % (right, step) %}
-- The picture is a small SPC chart: months, their mean and natural process limits, and special causes as points.
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
        performance.trend_rule,
        performance.trend_point,
        performance.trend_assurance,
        max(case when performance.is_whole then performance.month_on end) over (
            partition by performance.audience, performance.org_unit_key, performance.measure_id
        ) as last_whole_month_on,
        {{ display_value('performance.value', 'measure.unit') }} as drawn_value,
        {{ display_value('performance.trend_mean', 'measure.unit') }} as drawn_mean,
        {{ display_upper_limit('performance.trend_upper', 'measure.unit') }} as drawn_upper,
        {{ display_lower_limit('performance.trend_lower', 'measure.unit') }} as drawn_lower,
        row_number() over (
            partition by performance.audience, performance.org_unit_key, performance.measure_id
            order by performance.month_on desc
        ) as months_back
    from {{ ref('performance_shown') }} as performance
    inner join {{ ref('rpt_measure') }} as measure on performance.measure_id = measure.measure_id
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
        trend_rule,
        trend_point,
        trend_assurance,
        drawn_mean,
        drawn_upper,
        drawn_lower,
        months_back,
        min(least(drawn_value, drawn_lower)) over series as lowest,
        max(greatest(drawn_value, drawn_upper)) over series as highest
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
        trend_rule,
        trend_point,
        trend_assurance,
        months_back,
        case when drawn_value is not null then {{ x }} end as point_x,
        {{ height_of('drawn_mean', 'lowest', 'highest', height, margin) }} as mean_y,
        {{ height_of('drawn_upper', 'lowest', 'highest', height, margin) }} as upper_y,
        {{ height_of('drawn_lower', 'lowest', 'highest', height, margin) }} as lower_y,
        {{ height_of('drawn_value', 'lowest', 'highest', height, margin) }} as point_y
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
        max(trend_rule) filter (where month_on = last_whole_month_on) as trend_rule,
        max(trend_point) filter (where month_on = last_whole_month_on) as trend_point,
        max(trend_assurance) filter (where month_on = last_whole_month_on) as trend_assurance,
        -- Limits that were calculated anew are those of the last months.
        max(mean_y) filter (where months_back = 1) as mean_y,
        max(upper_y) filter (where months_back = 1) as upper_y,
        max(lower_y) filter (where months_back = 1) as lower_y,
        {{ dbt.listagg("point_x || ',' || point_y", "' '", 'order by month_on') }} as value_points,
        {{ dbt.listagg(
            "case when trend_point <> 'common' then '<circle cx=\"' || point_x || '\" cy=\"' || point_y"
            ~ " || '\" r=\"2.6\" fill=\"' || " ~ special_cause_colour('trend_point') ~ " || '\"/>' end",
            "''", 'order by month_on'
        ) }} as special_points
    from placed
    group by audience, org_unit_key, measure_id
),

last_rebase as (
    select
        org_unit_key,
        measure_id,
        from_on,
        reason,
        row_number() over (partition by org_unit_key, measure_id order by from_on desc) as recency
    from {{ ref('int_rebase') }}
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
        standing.trend_rule,
        standing.trend_point,
        standing.trend_assurance,
        measure.measure_title,
        measure.measure_order,
        measure.measure_family,
        measure.direction,
        measure.unit,
        measure.unit_symbol,
        measure.direction_text,
        coalesce(standing.state, 'too few to say') as state,
        coalesce(standing.state_reason, 'No whole month yet.') as state_reason,
        'Limits calculated anew from ' || {{ month_text('last_rebase.from_on') }} || ': ' || last_rebase.reason
            as rebase_text,
        {{ month_text('standing.state_month_on') }} as state_month_label,
        {{ month_text('standing.month_on') }} as month_label,
        {{ shown_value_text('standing.value', 'measure.unit', 'standing.is_suppressed') }} as value_text,
        {{ shown_value_text('standing.value_12m', 'measure.unit', 'standing.is_suppressed_12m') }} as value_12m_text,
        '<svg xmlns="http://www.w3.org/2000/svg" width="{{ width }}" height="{{ height }}">'
        || {{ level_line('standing.mean_y', margin, right, 'process_mean') }}
        || {{ level_line('standing.upper_y', margin, right, 'process_limit', dashes='4 3') }}
        || {{ level_line('standing.lower_y', margin, right, 'process_limit', dashes='4 3') }}
        || '<polyline fill="none" stroke="{{ series_colour("each_month") }}" stroke-width="1.4" points="'
        || coalesce(standing.value_points, '') || '"/>' || coalesce(standing.special_points, '') || '</svg>'
            as trend_svg
    from standing
    inner join {{ ref('rpt_unit') }} as unit on standing.org_unit_key = unit.org_unit_key
    inner join {{ ref('rpt_measure') }} as measure on standing.measure_id = measure.measure_id
    left join last_rebase
        on
            standing.org_unit_key = last_rebase.org_unit_key
            and standing.measure_id = last_rebase.measure_id
            and last_rebase.recency = 1
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
    measure_family,
    direction,
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
    trend_rule,
    trend_point,
    trend_assurance,
    rebase_text,
    '<div class="cpw-fit"><img alt="' || {{ html_escape('measure_title') }}
    || ' of the last 24 months" width="{{ width }}" height="{{ height }}" src="'
    || {{ svg_data_uri('trend_svg') }} || '"/></div>' as trend_html
from summary
