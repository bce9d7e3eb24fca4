{# Statistics for the planner, gathered as soon as a table is built: later models would else be planned on guesses.
   A view has none. #}
{% macro analyze_table() -%}
    {%- if model.config.materialized == 'table' -%}
        {{ return(adapter.dispatch('analyze_table')()) }}
    {%- endif -%}
{%- endmacro %}

{% macro default__analyze_table() -%}
    analyze {{ this }}
{%- endmacro %}

{% macro spark__analyze_table() -%}
    analyze table {{ this }} compute statistics
{%- endmacro %}
