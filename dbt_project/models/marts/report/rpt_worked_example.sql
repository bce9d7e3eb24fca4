-- A measure as it comes about in one unit and month, step by step: the last whole month, with the reader's own figures.
with last_whole as (
    select
        audience,
        org_unit_key,
        measure_id,
        max(month_on) as month_on
    from {{ ref('performance_shown') }}
    where is_whole and record_count > 0 and not is_suppressed
    group by audience, org_unit_key, measure_id
),

-- Over the whole trust, so that few records of one unit tell nothing; fewer than five are not counted out.
left_out as (
    select
        measure_id,
        month_on,
        {{ dbt.listagg(
            "exclusion_reason || ' ' || case when record_count < 5 then 'fewer than 5' else " ~ number_text('record_count')
            ~ " end", "', '", 'order by exclusion_reason'
        ) }} as reasons
    from {{ ref('measure_exclusion') }}
    where exclusion_reason is not null
    group by measure_id, month_on
)

select
    figure.audience,
    figure.org_unit_key,
    figure.measure_id,
    figure.month_on,
    unit.unit_label,
    measure.measure_title,
    measure.measure_family,
    '<div class="cpw-block cpw-definition"><p><b>' || {{ html_escape('unit.unit_label') }} || ', '
    || {{ month_text('figure.month_on') }} || '</b>: n = ' || {{ number_text('figure.record_count') }}
    || ' records count.</p><p><i>On top</i>' || {{ html_escape('measure.numerator_definition') }} || ' Together <b>'
    || {{ number_text('figure.numerator', 1) }} || '</b>.</p>'
    || coalesce(
        '<p><i>Out of</i>' || {{ html_escape('measure.denominator_definition') }} || ' Together <b>'
        || {{ number_text('figure.denominator', 1) }} || '</b>.</p>', ''
    )
    || '<p><i>So</i>' || coalesce(
        {{ number_text('figure.numerator', 1) }} || ' ÷ ' || {{ number_text('figure.denominator', 1) }} || ' = ', ''
    ) || '<b>' || {{ value_text('figure.value', 'measure.unit') }} || '</b></p>'
    || '<p><i>Left out in the whole trust in that month</i>'
    || {{ html_escape("coalesce(left_out.reasons, 'no record')") }} || '.</p></div>' as example_html
from last_whole
inner join {{ ref('performance_shown') }} as figure
    on
        last_whole.audience = figure.audience
        and last_whole.org_unit_key = figure.org_unit_key
        and last_whole.measure_id = figure.measure_id
        and last_whole.month_on = figure.month_on
inner join {{ ref('rpt_unit') }} as unit on figure.org_unit_key = unit.org_unit_key
inner join {{ ref('rpt_measure') }} as measure on figure.measure_id = measure.measure_id
left join left_out on figure.measure_id = left_out.measure_id and figure.month_on = left_out.month_on
