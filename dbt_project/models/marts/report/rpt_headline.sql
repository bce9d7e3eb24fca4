-- The headline tiles of each unit, one cell for a page to show. A unit without any headline has tiles of what it has.
with tile as (
    select
        line.audience,
        line.org_unit_key,
        line.unit_label,
        line.unit_order,
        line.measure_order,
        line.tile_html,
        measure.is_headline,
        max(case when measure.is_headline then 1 else 0 end) over (
            partition by line.audience, line.org_unit_key
        ) as has_headline
    from {{ ref('rpt_measure_line') }} as line
    inner join {{ ref('rpt_measure') }} as measure on line.measure_id = measure.measure_id
)

select
    audience,
    org_unit_key,
    unit_label,
    unit_order,
    '<div class="cpw-block cpw-plain cpw-fit cpw-tiles">'
    || {{ dbt.listagg('tile_html', "''", 'order by measure_order') }} || '</div>' as tiles_html
from tile
where is_headline or has_headline = 0
group by audience, org_unit_key, unit_label, unit_order
