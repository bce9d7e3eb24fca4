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
        count(case when state = 'refused' then 1 end) as refused_count,
        count(case when state = 'held' then 1 end) as held_delivery_count,
        coalesce(sum(received_count), 0) as received_count,
        coalesce(sum(loaded_count), 0) as loaded_count,
        coalesce(sum(unchanged_count), 0) as unchanged_count,
        coalesce(sum(quarantined_count), 0) as quarantined_count,
        coalesce(sum(held_count), 0) as held_count
    from {{ source('quality', 'delivery_ledger') }}
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
        2 as tile_order,
        'Files refused' as title,
        {{ number_text('refused_count') }} as value_text,
        'n = ' || {{ number_text('delivery_count') }} || ' deliveries' as first_note,
        {{ number_text('held_delivery_count') }} || ' held until somebody decides' as second_note
    from tallied_delivery
    union all
    select
        3 as tile_order,
        'Rows in quarantine' as title,
        {{ number_text('quarantined_count') }} as value_text,
        'n = ' || {{ number_text('received_count') }} || ' rows received' as first_note,
        {{ number_text('loaded_count') }} || ' loaded, ' || {{ number_text('unchanged_count') }} || ' unchanged'
            as second_note
    from tallied_delivery
    union all
    select
        4 as tile_order,
        'Rows unaccounted for' as title,
        {{ number_text('received_count - loaded_count - unchanged_count - quarantined_count - held_count') }}
            as value_text,
        'received − loaded − unchanged − quarantined − held' as first_note,
        'n = ' || {{ number_text('received_count') }} || ' rows' as second_note
    from tallied_delivery
)

select
    1 as headline_id,
    '<div class="cpw-block cpw-plain cpw-fit cpw-tiles">'
    || {{ dbt.listagg(
        tile_html('title', 'value_text', 'first_note', 'second_note'), "''", 'order by tile_order'
    ) }} || '</div>' as tiles_html
from tile
