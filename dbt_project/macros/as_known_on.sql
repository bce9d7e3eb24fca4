{# The var `as_known_on`, a date or a moment: build what would have been published then, in schemas of its own. #}

{# The moment, as an SQL expression, before which a version must have been loaded to be read; none without the var. A
   date is known to the end of that local day. YAML may have made a date or a moment of the var already. #}
{% macro known_before() -%}
    {%- set known_on = var('as_known_on', none) -%}
    {%- if known_on is none -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set written = known_on | string | trim -%}
    {%- set date = '(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])' -%}
    {%- set time = '([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?' -%}
    {%- set is_moment = modules.re.fullmatch(date ~ '[T ]' ~ time ~ '(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])', written) -%}
    {%- if is_moment or modules.re.fullmatch(date, written) -%}
        {%- set first = modules.datetime.datetime.fromisoformat(written[:8] ~ '01') -%}
        {%- set day = first + modules.datetime.timedelta(days=written[8:10] | int - 1) -%}
    {%- endif -%}
    {#- The 31st of February is a day of March. -#}
    {%- if day is not defined or day.month != first.month -%}
        {{ exceptions.raise_compiler_error(
            "The var as_known_on is '" ~ written ~ "': give a date, such as 2026-10-03, or a moment with its distance "
            ~ "from UTC, such as 2026-10-03T12:00:00+01:00."
        ) }}
    {%- endif -%}
    {%- if is_moment -%}
        {{ return(instant_literal(written)) }}
    {%- endif -%}
    {%- set next_day = day + modules.datetime.timedelta(days=1) -%}
    {{ return(instant_literal(modules.pytz.timezone(var('local_time_zone')).localize(next_day).isoformat())) }}
{%- endmacro %}

{# A moment that is written with its distance from UTC, in the words of each engine. #}
{% macro instant_literal(written) -%}
    {{ return(adapter.dispatch('instant_literal')(written)) }}
{%- endmacro %}

{% macro default__instant_literal(written) -%}
    timestamp with time zone '{{ written }}'
{%- endmacro %}

{% macro spark__instant_literal(written) -%}
    timestamp '{{ written }}'
{%- endmacro %}
