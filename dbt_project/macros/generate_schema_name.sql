{# A layer's schema is named as written, with no prefix: one warehouse, one name for each layer. What was known on a day
   is built beside it: `staging` in `known_on_staging`, and so on; never where the marts are that get published. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- set schema = (custom_schema_name or target.schema) | trim -%}
    {%- if var('as_known_on', none) is none -%}
        {{ schema }}
    {%- else -%}
        known_on_{{ schema | replace('marts_next', 'marts') }}
    {%- endif -%}
{%- endmacro %}
