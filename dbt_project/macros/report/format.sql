{# How values, counts and dates are written on pages: one place, so that a number reads alike wherever it stands. #}

{# A measure's value in the unit in which people read it: proportions in percent, all else as it is. #}
{% macro display_value(value, unit) -%}
    case when {{ unit }} = 'proportion' then {{ value }} * 100 else {{ value }} end
{%- endmacro %}

{# The value of twelve months beside that of one: a count of a year is drawn as its monthly average, a ratio as it is. #}
{% macro comparable_value_12m(value_12m, unit) -%}
    case
        when {{ unit }} = 'count' then {{ value_12m }} / 12
        when {{ unit }} = 'proportion' then {{ value_12m }} * 100
        else {{ value_12m }}
    end
{%- endmacro %}

{# The unit of `display_value`; a ratio says its own, such as "cases per list". #}
{% macro unit_symbol(unit, unit_name) -%}
    case {{ unit }} when 'proportion' then '%' when 'count' then 'number' when 'ratio' then {{ unit_name }} else {{ unit }} end
{%- endmacro %}

{# A value with its unit: 8.1%, 4.2 days, 12.5 min, 1.85, 1,234. A ratio of nothing is a dash. #}
{% macro value_text(value, unit) -%}
    coalesce(
        case {{ unit }}
            when 'proportion' then {{ number_text(value ~ ' * 100', 1) }} || '%'
            when 'days' then {{ number_text(value, 1) }} || ' days'
            when 'minutes' then {{ number_text(value, 1) }} || ' min'
            when 'ratio' then {{ number_text(value, 2) }}
            else {{ number_text(value, 0) }}
        end,
        '–'
    )
{%- endmacro %}

{# The same, where small numbers may keep it from being shown. #}
{% macro shown_value_text(value, unit, is_suppressed) -%}
    case when {{ is_suppressed }} then 'Not shown' else {{ value_text(value, unit) }} end
{%- endmacro %}

{# How many records stand behind a value; why not, where it is not shown. #}
{% macro n_text(record_count, is_suppressed) -%}
    case when {{ is_suppressed }} then 'small numbers' else 'n = ' || {{ number_text(record_count) }} end
{%- endmacro %}

{% macro number_text(value, decimals=0) -%}
    {{ return(adapter.dispatch('number_text')(value, decimals)) }}
{%- endmacro %}

{% macro default__number_text(value, decimals) -%}
    to_char({{ value }}, 'FM999,999,990{{ "." ~ "0" * decimals if decimals }}')
{%- endmacro %}

{% macro spark__number_text(value, decimals) -%}
    format_number({{ value }}, {{ decimals }})
{%- endmacro %}

{% macro month_text(day) -%}
    {{ return(adapter.dispatch('month_text')(day)) }}
{%- endmacro %}

{% macro default__month_text(day) -%}
    to_char({{ day }}, 'FMMon YYYY')
{%- endmacro %}

{% macro spark__month_text(day) -%}
    date_format({{ day }}, 'MMM yyyy')
{%- endmacro %}

{# The financial year of a month, April to March: 2025/26. #}
{% macro financial_year_text(month_on) -%}
    {%- set first = 'extract(year from ' ~ dbt.dateadd('month', -3, month_on) ~ ')' -%}
    cast(cast({{ first }} as integer) as {{ dbt.type_string() }}) || '/'
    || right(cast(cast({{ first }} as integer) + 1 as {{ dbt.type_string() }}), 2)
{%- endmacro %}

{% macro day_text(day) -%}
    {{ return(adapter.dispatch('day_text')(day)) }}
{%- endmacro %}

{% macro default__day_text(day) -%}
    to_char({{ day }}, 'FMDD FMMonth YYYY')
{%- endmacro %}

{% macro spark__day_text(day) -%}
    date_format({{ day }}, 'd MMMM yyyy')
{%- endmacro %}

{# Which way is better, in words: the only place where a page says so, since nothing is coloured good or bad. #}
{% macro direction_text(direction) -%}
    case {{ direction }}
        when 'increase' then 'Higher is better'
        when 'decrease' then 'Lower is better'
        else 'Neither way'
    end
{%- endmacro %}

{# Natural process limits as they are drawn, in the unit in which people read the value: no proportion lies beyond 1,
   and no figure but a gain or a balance (a ratio) below 0. #}
{% macro display_upper_limit(limit, unit) -%}
    {{ display_value(
        '(case when ' ~ unit ~ " = 'proportion' and " ~ limit ~ ' > 1 then 1 else ' ~ limit ~ ' end)', unit
    ) }}
{%- endmacro %}

{% macro display_lower_limit(limit, unit) -%}
    {{ display_value(
        '(case when ' ~ unit ~ " <> 'ratio' and " ~ limit ~ ' < 0 then 0 else ' ~ limit ~ ' end)', unit
    ) }}
{%- endmacro %}
