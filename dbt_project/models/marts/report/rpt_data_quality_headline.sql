-- The headline tiles of the data quality page.
with tallied_check as (
    select
        count(*) as check_count,
        count(case when status_order < 3 then 1 end) as failed_count,
        count(case when status_order < 3 and severity = 'critical' then 1 end) as critical_count
    from {{ ref('rpt_data_quality_check') }}
),

tallied_delivery as (
    select
        count(*) as delivery_count,
        count(case when status_text = 'Refused' then 1 end) as refused_count,
        coalesce(sum(received_count), 0) as received_count,
        coalesce(sum(loaded_count), 0) as loaded_count,
        coalesce(sum(unchanged_count), 0) as unchanged_count,
        coalesce(sum(quarantined_count), 0) as quarantined_count
    from {{ ref('rpt_delivery') }}
),

tile as (
    select
        1 as tile_order,
        'Checks not passed' as title,
        {{ number_text('failed_count') }} as value_text,
        'n = ' || {{ number_text('check_count') }} || ' checks in the latest runs' as first_note,
        {{ number_text('critical_count') }} || ' of them critical' as second_note
    from tallied_check
    union all
    select
        2,
        'Files refused',
        {{ number_text('refused_count') }},
        'n = ' || {{ number_text('delivery_count') }} || ' deliveries',
        'since the warehouse began'
    from tallied_delivery
    union all
    select
        3,
        'Rows in quarantine',
        {{ number_text('quarantined_count') }},
        'n = ' || {{ number_text('received_count') }} || ' rows received',
        {{ number_text('loaded_count') }} || ' loaded, ' || {{ number_text('unchanged_count') }} || ' unchanged'
    from tallied_delivery
    union all
    select
        4,
        'Rows unaccounted for',
        {{ number_text('received_count - loaded_count - unchanged_count - quarantined_count') }},
        'received − loaded − unchanged − quarantined',
        'n = ' || {{ number_text('received_count') }} || ' rows'
    from tallied_delivery
)

select
    1 as headline_id,
    '<div class="cpw-block cpw-plain cpw-fit cpw-tiles">' || {{ dbt.listagg(
        "'<div class=\"cpw-tile\"><div class=\"cpw-tile-title\">' || title || '</div><div class=\"cpw-tile-value\">'"
        " || value_text || '</div><div class=\"cpw-tile-note\">' || first_note"
        " || '</div><div class=\"cpw-tile-note\">' || second_note || '</div></div>'", "''", 'order by tile_order'
    ) }} || '</div>' as tiles_html
from tile
