{# A text as an SQL literal. #}
{% macro text_literal(text) -%}
    '{{ dbt.escape_single_quotes(text | trim) }}'
{%- endmacro %}
