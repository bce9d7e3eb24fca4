{# The department of a local measure, as an SQL literal: the key of the `scope` in its YAML; null for a measure of the
   whole trust. #}
{% macro scope_org_unit_key(measure_id) -%}
    {%- set scope = measures_by_id()[measure_id].scope -%}
    {{ text_literal('department:' ~ scope) if scope else 'null' }}
{%- endmacro %}

{# Leaves out of the `record`s of a local measure those carried outside of its department. A record whose unit is not
   known stays, for the tests to find. #}
{% macro only_in_scope(measure_id, org_unit) -%}
{%- if execute and measures_by_id()[measure_id].scope %}
left join {{ org_unit }} as leaf on record.org_unit_key = leaf.org_unit_key
where leaf.org_unit_key is null or leaf.department_key = {{ scope_org_unit_key(measure_id) }}
{%- endif %}
{%- endmacro %}

{# Stops where a measure's scope is the code of no department, and says in which file: its figures would be nowhere. #}
{% macro check_scopes(org_unit) -%}
    {%- set scopes = {} -%}
    {%- for measure_id, measure in measures_by_id().items() if measure.scope -%}
        {%- do scopes.update({measure_id: measure.scope | string}) -%}
    {%- endfor -%}
    {#- Without a local measure nothing is asked; before the first build of units there is nothing to ask. -#}
    {%- if execute and scopes and load_relation(org_unit) -%}
        {%- set departments = run_query(
            "select org_unit_code from " ~ org_unit ~ " where org_unit_level = 'department' order by org_unit_code"
        ).columns[0].values() -%}
        {%- for measure_id, scope in scopes.items() if scope not in departments -%}
            {%- set file = graph.nodes['model.' ~ project_name ~ '.' ~ measure_id].patch_path.split('://') | last -%}
            {{ exceptions.raise_compiler_error(
                file ~ ': scope ' ~ scope ~ ' is the code of no department; departments are '
                ~ departments | join(', ') ~ '.'
            ) }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
