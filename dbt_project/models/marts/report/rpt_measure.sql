-- The measure dictionary as pages show it: order (headlines first), unit, the definition in words, and what is held
-- of its feeds now.
with held as (
    select
        measure_feed.measure_id,
        {{ dbt.listagg('feed.held_text', "', '", 'order by feed.source_name, feed.table_name') }} as feeds
    from {{ ref('rpt_held_feed') }} as feed
    inner join {{ ref('measure_feed') }} as measure_feed
        on feed.source_name = measure_feed.source_name and feed.table_name = measure_feed.table_name
    group by measure_feed.measure_id
),

-- How late the data are: the oldest of the feeds' newest extracts, and the newest.
extracted as (
    select
        measure_feed.measure_id,
        {{ day_text('min(feed.extracted_on)') }} as first_day_text,
        {{ day_text('max(feed.extracted_on)') }} as last_day_text
    from {{ ref('rpt_feed_extract') }} as feed
    inner join {{ ref('measure_feed') }} as measure_feed
        on feed.source_name = measure_feed.source_name and feed.table_name = measure_feed.table_name
    group by measure_feed.measure_id
),

marked as (
    select
        measure.*,
        case
            when extracted.first_day_text = extracted.last_day_text
                then 'All extracts behind it are of ' || extracted.last_day_text
            else
                'The oldest extract behind it is of ' || extracted.first_day_text || ', the newest of '
                || extracted.last_day_text
        end as extracted_text,
        upper(substring(held.feeds, 1, 1)) || substring(held.feeds, 2)
        || ': figures may be incomplete.' as held_text
    from {{ ref('dim_measure') }} as measure
    left join held on measure.measure_id = held.measure_id
    left join extracted on measure.measure_id = extracted.measure_id
)

select
    measure_id,
    title as measure_title,
    cast(
        row_number() over (order by is_headline desc, domain asc, title asc, measure_id asc) as integer
    ) as measure_order,
    is_headline,
    domain,
    upper(substring(domain, 1, 1)) || replace(substring(domain, 2), '_', ' ') as measure_family,
    direction,
    unit,
    scope_org_unit_key,
    case_mix_model,
    minimum_denominator,
    target,
    held_text,
    plain_words,
    numerator_definition,
    denominator_definition,
    exclusion_definition,
    definition_source || case when is_source_verified then '' else ' (not yet checked against its source)' end
        as source_text,
    definition_version,
    case when target is null then '–' else {{ value_text('target', 'unit') }} || ' (' || target_source || ')' end
        as target_text,
    case
        when case_mix_model is not null
            then 'With what was expected of the patients: ' || replace(case_mix_factors, '_', ' ')
        when method = 'none' then 'With its own months alone'
        else 'With colleagues of the department'
    end as compared_text,
    {{ unit_symbol('unit', 'unit_name') }} as unit_symbol,
    {{ direction_text('direction') }} as direction_text,
    '<div class="cpw-block cpw-definition">'
    || coalesce('<p class="cpw-warning">' || {{ html_escape('held_text') }} || '</p>', '')
    || '<p><b>' || {{ html_escape('plain_words') }} || '</b></p>'
    || '<p><i>Counted on top</i>' || {{ html_escape('numerator_definition') }} || '</p>'
    || coalesce('<p><i>Out of</i>' || {{ html_escape('denominator_definition') }} || '</p>', '')
    || '<p><i>Left out</i>' || {{ html_escape('exclusion_definition') }} || '</p>'
    || case
        when minimum_denominator > 0
            then
                '<p><i>Small numbers</i>Under ' || minimum_denominator
                || ' it is not shown outside the unit, nor is a figure that would tell it</p>'
        else ''
    end
    || case when scope_org_unit_key is null then '' else '<p><i>Scope</i>One department only</p>' end
    || coalesce('<p><i>How late the data are</i>' || extracted_text || '</p>', '')
    || '<p><i>Direction</i>' || {{ direction_text('direction') }} || '</p>'
    || case
        when target is null then ''
        else
            '<p><i>Target</i>' || {{ value_text('target', 'unit') }} || ' (' || {{ html_escape('target_source') }}
            || ')</p>'
    end
    || '<p><i>Source</i>' || {{ html_escape('definition_source') }}
    || case when is_source_verified then '' else ' (not yet checked against its source)' end
    || ' · definition version ' || definition_version || '</p></div>' as definition_html
from marked
