{# Text for HTML cells of the report models: a source value is escaped before it goes into a cell, without exception. #}
{% macro html_escape(expression) -%}
    replace(replace(replace(replace(replace(
        {{ expression }}, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;')
{%- endmacro %}

{# An SVG picture (text) as the address of an image, the only form in which Superset's table cells show a drawing. #}
{% macro svg_data_uri(svg) -%}
    {{ return(adapter.dispatch('svg_data_uri')(svg)) }}
{%- endmacro %}

{# Postgres breaks base64 into lines of 76 characters; an address has none. #}
{% macro default__svg_data_uri(svg) -%}
    'data:image/svg+xml;base64,' || replace(encode(convert_to({{ svg }}, 'UTF8'), 'base64'), e'\n', '')
{%- endmacro %}

{% macro spark__svg_data_uri(svg) -%}
    concat('data:image/svg+xml;base64,', base64(encode({{ svg }}, 'UTF-8')))
{%- endmacro %}
