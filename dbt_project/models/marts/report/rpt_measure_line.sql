-- The line, the tile and the heading of each measure of a unit, marked while a delivery on which the measure stands is
-- held, and with how good the data are that the unit's figure rests on.
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
        unit.org_unit_level <> 'clinician' and unit.org_unit_key = unit.then_org_unit_key as is_listed,
        measure.held_text,
        measure.target,
        data_quality.data_quality_text,
        upper(substring(summary.state, 1, 1)) || substring(summary.state, 2) as state_text,
        {{ variation_icon('summary.trend_point', 'summary.direction') }} as variation_html,
        {{ assurance_icon('summary.trend_assurance') }} as assurance_html
    from {{ ref('rpt_measure_summary') }} as summary
    inner join {{ ref('rpt_measure') }} as measure on summary.measure_id = measure.measure_id
    inner join {{ ref('rpt_unit') }} as unit on summary.org_unit_key = unit.org_unit_key
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
    measure_family,
    {{ chosen_link(html_escape('unit_label'), 'unit_label') }} as unit_html,
    '<div class="cpw-fit">' || {{ chosen_link(html_escape('measure_title'), 'unit_label', 'measure_title') }}
    || coalesce('<span class="cpw-warning">' || {{ html_escape('held_text') }} || '</span>', '')
    || '<span class="cpw-quiet">' || direction_text || '</span>'
    || coalesce('<span class="cpw-quiet">Rests on: ' || {{ html_escape('data_quality_text') }} || '</span>', '')
    || '</div>' as measure_html,
    data_quality_text,
    trend_html,
    '<div class="cpw-signs">' || variation_html || assurance_html || '</div>' as signs_html,
    value_12m_text,
    record_count_12m,
    value_text,
    record_count,
    state,
    is_listed,
    '<div class="cpw-fit"><b>' || {{ html_escape('state_text') }} || '</b><br>' || {{ html_escape('state_reason') }}
    || '</div>' as state_html,
    {{ tile_html(
        'measure_title',
        'value_12m_text',
        "'12 months to ' || month_label || ' · ' || " ~ n_text('record_count_12m', 'is_suppressed_12m'),
        "month_label || ': ' || value_text || ' · ' || " ~ n_text('record_count', 'is_suppressed'),
        'state_text',
        'held_text'
    ) }} as tile_html,
    '<div class="cpw-block cpw-plain cpw-fit cpw-heading"><div class="cpw-signs">' || variation_html || assurance_html
    || '</div><div><b>' || {{ html_escape('measure_title') }} || ', ' || {{ html_escape('unit_symbol') }} || '</b> · '
    || {{ html_escape('unit_label') }} || '<br><b>' || {{ html_escape('state_text') }} || '</b>'
    || coalesce(' in ' || state_month_label, '') || ': ' || {{ html_escape('state_reason') }}
    || case trend_assurance
        when 'passing' then ' The months pass the target of ' || {{ value_text('target', 'unit') }} || '.'
        when 'failing' then ' The months fail the target of ' || {{ value_text('target', 'unit') }} || '.'
        when 'hit or miss' then ' The months hit and miss the target of ' || {{ value_text('target', 'unit') }} || '.'
        else ''
    end
    || case
        when trend_point is null then ' Limits are drawn from 13 whole months on, where these are not mostly the same.'
        else ''
    end
    || coalesce('<br>' || {{ html_escape('rebase_text') }}, '') || '</div></div>' as heading_html
from line
