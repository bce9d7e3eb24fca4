-- The headline tiles of each unit, one cell for a page to show.
select
    org_unit_key,
    unit_label,
    unit_order,
    '<div class="cpw-block cpw-plain cpw-fit cpw-tiles">'
    || {{ dbt.listagg('tile_html', "''", 'order by measure_order') }} || '</div>' as tiles_html
from {{ ref('rpt_measure_line') }}
group by org_unit_key, unit_label, unit_order
