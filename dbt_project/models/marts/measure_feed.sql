-- The feeds on which each measure stands, read from the graph of the models; nothing is typed here.
{%- for measure_id, source_name, table_name in measure_feeds() %}
select
    {{ text_literal(measure_id) }} as measure_id,
    {{ text_literal(source_name) }} as source_name,
    {{ text_literal(table_name) }} as table_name,
    cast({{ scope_org_unit_key(measure_id) }} as {{ dbt.type_string() }}) as scope_org_unit_key
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
