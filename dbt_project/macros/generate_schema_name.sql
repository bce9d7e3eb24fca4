{# A layer's schema is named as written, with no prefix: one warehouse, one name for each layer. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
