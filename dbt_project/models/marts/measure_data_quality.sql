-- The measures of data quality that are shown beside an outcome, read from the YAML of the outcomes.
{%- for measure_id, data_quality_measure_id, place in measures_of_data_quality() %}
select
    {{ text_literal(measure_id) }} as measure_id,
    {{ text_literal(data_quality_measure_id) }} as data_quality_measure_id,
    {{ place }} as place,
    cast({{ scope_org_unit_key(measure_id) }} as {{ dbt.type_string() }}) as scope_org_unit_key
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
