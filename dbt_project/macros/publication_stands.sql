{# Whether the performance of the publication that stands can be taken over where nothing changed: it was made by the
   same code, and the tables beside it are the very ones that it was made from. If not, all of it is computed. #}

{% macro publication_stands() -%}
    {%- if not execute -%}
        {{ return(true) }}
    {%- elif flags.FULL_REFRESH or var('as_known_on', none) is not none or var('measure_diff', none) is not none -%}
        {{ return(false) }}
    {%- endif -%}
    {{ return(adapter.dispatch('publication_stands')()) }}
{%- endmacro %}

{% macro default__publication_stands() -%}
    {%- set performance = source('publication', 'published_performance') -%}
    {%- set noted = run_query("select obj_description(to_regclass('" ~ performance ~ "'), 'pg_class')") -%}
    {%- set origin = performance_origin(
        source('publication', 'published_leaf_month'), source('publication', 'published_bridge_org_unit'),
        source('publication', 'published_dim_measure'), source('publication', 'published_dim_month')
    ) -%}
    {{ return(noted.rows[0][0] == origin) }}
{%- endmacro %}

{# An engine whose tables have no lasting number computes all of it. #}
{% macro spark__publication_stands() -%}
    {{ return(false) }}
{%- endmacro %}

{# Note on the table that was just built what it was made by and from. #}
{% macro note_performance_origin() -%}
    {%- if execute -%}
        {{ return(adapter.dispatch('note_performance_origin')()) }}
    {%- endif -%}
{%- endmacro %}

{% macro default__note_performance_origin() -%}
    {%- set origin = performance_origin(
        ref('leaf_month'), ref('bridge_org_unit'), ref('dim_measure'), ref('dim_month')
    ) -%}
    comment on table {{ this }} is {{ text_literal(origin) }}
{%- endmacro %}

{% macro spark__note_performance_origin() -%}
{%- endmacro %}

{# The digest of the model's code and types, and the numbers of the tables. A table that is built anew has a new number;
   one that is published keeps it. #}
{% macro performance_origin() -%}
    {%- set types = model.columns.values() | map(attribute='data_type') | join(', ') -%}
    {%- set numbers = [] -%}
    {%- for relation in varargs -%}
        {%- do numbers.append("to_regclass('" ~ relation ~ "')::oid") -%}
    {%- endfor -%}
    {%- set found = run_query("select concat_ws(', ', " ~ numbers | join(', ') ~ ")").rows[0][0] -%}
    {{ return('Made by ' ~ local_md5(model.raw_code ~ types) ~ ' from ' ~ found) }}
{%- endmacro %}
