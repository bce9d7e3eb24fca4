{# Local times of extracts to instants, and the minutes and days between them, in the words of each engine. #}
{% macro local_to_utc(column) -%}
    {{ return(adapter.dispatch('local_to_utc')(column)) }}
{%- endmacro %}

{# The hour that occurs twice in autumn is read as winter time, the hour that is missing in spring as an hour later. #}
{% macro default__local_to_utc(column) -%}
    {{ column }} at time zone '{{ var("local_time_zone") }}'
{%- endmacro %}

{% macro spark__local_to_utc(column) -%}
    to_utc_timestamp({{ column }}, '{{ var("local_time_zone") }}')
{%- endmacro %}

{# The local day on which an instant fell. #}
{% macro local_date(column) -%}
    {{ return(adapter.dispatch('local_date')(column)) }}
{%- endmacro %}

{% macro default__local_date(column) -%}
    cast({{ column }} at time zone '{{ var("local_time_zone") }}' as date)
{%- endmacro %}

{% macro spark__local_date(column) -%}
    cast(from_utc_timestamp({{ column }}, '{{ var("local_time_zone") }}') as date)
{%- endmacro %}

{# Elapsed minutes between two instants, exact to the second. #}
{% macro minutes_between(start, finish) -%}
    {{ return(adapter.dispatch('minutes_between')(start, finish)) }}
{%- endmacro %}

{% macro default__minutes_between(start, finish) -%}
    cast(extract(epoch from {{ finish }} - {{ start }}) / 60 as numeric(28, 12))
{%- endmacro %}

{% macro spark__minutes_between(start, finish) -%}
    cast((unix_timestamp({{ finish }}) - unix_timestamp({{ start }})) / 60 as decimal(28, 12))
{%- endmacro %}

{# Midnights between two dates. #}
{% macro days_between(start, finish) -%}
    {{ return(adapter.dispatch('days_between')(start, finish)) }}
{%- endmacro %}

{% macro default__days_between(start, finish) -%}
    ({{ finish }} - {{ start }})
{%- endmacro %}

{% macro spark__days_between(start, finish) -%}
    datediff({{ finish }}, {{ start }})
{%- endmacro %}

{# The day that lies a number of days (possibly negative) after another. #}
{% macro add_days(day, days) -%}
    {{ return(adapter.dispatch('add_days')(day, days)) }}
{%- endmacro %}

{% macro default__add_days(day, days) -%}
    ({{ day }} + {{ days }})
{%- endmacro %}

{% macro spark__add_days(day, days) -%}
    date_add({{ day }}, {{ days }})
{%- endmacro %}

{# The first day of a date's month. #}
{% macro month_of(day) -%}
    cast({{ dbt.date_trunc('month', day) }} as date)
{%- endmacro %}
