{# A key that stands for an identifier past intermediate: md5 of its text, in the words of each engine. #}
{% macro surrogate_key(column) -%}
    {{ return(adapter.dispatch('surrogate_key')(column)) }}
{%- endmacro %}

{% macro default__surrogate_key(column) -%}
    md5({{ column }})
{%- endmacro %}
