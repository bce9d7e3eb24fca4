-- The line and the tile of each measure of a unit, marked while a delivery on which the measure stands is held, and
-- with how good the data are that the unit's figure rests on.
with data_quality as (
    select
        summary.audience,
        summary.org_unit_key,
        beside.measure_id,
        {{ dbt.listagg(
            "summary.measure_title || ' ' || summary.value_12m_text || ' (' || "
            ~ n_text('summary.record_count_12m', 'summary.is_suppressed_12m') ~ " || ')'",
            "' · '", 'order by beside.place'
        ) }} as data_quality_text
    from {{ ref('rpt_measure_summary') }} as summary
    inner join {{ ref('measure_data_quality') }} as beside on summary.measure_id = beside.data_quality_measure_id
    group by summary.audience, summary.org_unit_key, beside.measure_id
),

line as (
    select
        summary.*,
        measure.held_text,
        data_quality.data_quality_text
    from {{ ref('rpt_measure_summary') }} as summary
    inner join {{ ref('rpt_measure') }} as measure on summary.measure_id = measure.measure_id
    left join data_quality
        on
            summary.audience = data_quality.audience
            and summary.org_unit_key = data_quality.org_unit_key
            and summary.measure_id = data_quality.measure_id
)

select
    audience,
    org_unit_key,
    measure_id,
    unit_label,
    unit_order,
    measure_title,
    measure_order,
    '<div class="cpw-fit">' || {{ html_escape('measure_title') }}
    || coalesce('<span class="cpw-warning">' || {{ html_escape('held_text') }} || '</span>', '')
    || coalesce('<span class="cpw-quiet">Rests on: ' || {{ html_escape('data_quality_text') }} || '</span>', '')
    || '</div>' as measure_html,
    data_quality_text,
    trend_html,
    value_12m_text,
    record_count_12m,
    value_text,
    record_count,
    direction_text,
    '<div class="cpw-fit"><b>' || {{ html_escape('state') }} || '</b><br>' || {{ html_escape('state_reason') }}
    || '</div>' as state_html,
    {{ tile_html(
        'measure_title',
        'value_12m_text',
        "'12 months to ' || month_label || ' · ' || " ~ n_text('record_count_12m', 'is_suppressed_12m'),
        "month_label || ': ' || value_text || ' · ' || " ~ n_text('record_count', 'is_suppressed'),
        "upper(substring(state, 1, 1)) || substring(state, 2)",
        'held_text'
    ) }} as tile_html
from line
