{# A layer's schema is named as written, with no prefix: one warehouse, one name for each layer. What was known on a day
   is built beside it: `staging` in `known_on_staging`, and so on; never where the marts are that get published. With
   the var `measure_diff`, a list of measures, those and the marts are built in one schema of that name, to be compared
   with what is published; all that they read stays where it is. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set schema = (custom_schema_name or target.schema) | trim -%}
    {%- set compared = var('measure_diff', []) -%}
    {%- if var('as_known_on', none) is not none -%}
        known_on_{{ schema | replace('marts_next', 'marts') }}
    {%- elif compared and (schema == 'marts_next' or node.name in compared) -%}
        measure_diff
    {%- else -%}
        {{ schema }}
    {%- endif -%}
{%- endmacro %}
