-- The measure dictionary as pages show it: order, unit, and the definition in words.
select
    measure_id,
    title as measure_title,
    cast(row_number() over (order by domain, title, measure_id) as integer) as measure_order,
    domain,
    unit,
    {{ unit_symbol('unit') }} as unit_symbol,
    {{ direction_text('direction') }} as direction_text,
    '<div class="cpw-block cpw-definition"><p><b>' || {{ html_escape('plain_words') }} || '</b></p>'
    || '<p><i>Counted on top</i>' || {{ html_escape('numerator_definition') }} || '</p>'
    || coalesce('<p><i>Out of</i>' || {{ html_escape('denominator_definition') }} || '</p>', '')
    || '<p><i>Left out</i>' || {{ html_escape('exclusion_definition') }} || '</p>'
    || '<p><i>Direction</i>' || {{ direction_text('direction') }} || '</p>'
    || '<p><i>Source</i>' || {{ html_escape('definition_source') }}
    || case when is_source_verified then '' else ' (not yet checked against its source)' end
    || ' · definition version ' || definition_version || '</p></div>' as definition_html
from {{ ref('dim_measure') }}
