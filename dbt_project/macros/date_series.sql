{# Joins each row with a relation `series` of one column `series_on`: every first day of a step ('day' or 'month') from
   one day of the row to another, inclusive. #}
{% macro cross_join_date_series(first, last, step) -%}
    {{ return(adapter.dispatch('cross_join_date_series')(first, last, step)) }}
{%- endmacro %}

{% macro default__cross_join_date_series(first, last, step) -%}
    cross join lateral (
        select cast(series_at as date) as series_on
        from generate_series(
            cast({{ first }} as timestamp), cast({{ last }} as timestamp), interval '1 {{ step }}'
        ) as series_at
    ) as series
{%- endmacro %}

{% macro spark__cross_join_date_series(first, last, step) -%}
    lateral view explode(sequence({{ first }}, {{ last }}, interval 1 {{ step }})) series as series_on
{%- endmacro %}
