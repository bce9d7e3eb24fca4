{# The analyst reads a model without its columns that name a person (`config.meta.names_person`); nothing of what is built
   apart, or holds identities. Engines that know no columns' rights give nothing. #}
{% macro let_analyst_read() -%}
    {%- if execute and this.schema == model.config.schema and this.schema != 'identity' -%}
        {{ return(adapter.dispatch('let_analyst_read')()) }}
    {%- endif -%}
{%- endmacro %}

{% macro default__let_analyst_read() -%}
{%- endmacro %}

{% macro postgres__let_analyst_read() -%}
    {%- set readable = [] -%}
    {%- for column in adapter.get_columns_in_relation(this) -%}
        {%- if not model.columns.get(column.name, {}).get('config', {}).get('meta', {}).get('names_person') -%}
            {%- do readable.append(column.quoted) -%}
        {%- endif -%}
    {%- endfor -%}
    grant select ({{ readable | join(', ') }}) on {{ this }} to cpw_analyst
{%- endmacro %}
