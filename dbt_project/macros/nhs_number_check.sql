{# What is wrong with an NHS number, if anything. Modulus 11 (NHS Data Dictionary, NHS NUMBER): the first nine digits weigh
   10 to 2, the last is 11 less the remainder, 11 counting as 0; where that is 10 the number cannot be. 999 000 0000 to
   999 999 9999 are for tests. #}
{% macro nhs_number_check(column) -%}
    case
        when {{ column }} is null then 'missing'
        when length({{ column }}) <> 10 or translate({{ column }}, '0123456789', '') <> '' then 'not ten digits'
        when
            mod(
                11 - mod(
                    {%- for place in range(1, 10) %}
                    {{ 11 - place }} * cast(substring({{ column }}, {{ place }}, 1) as integer)
                    {{- ' +' if not loop.last }}
                    {%- endfor %},
                    11
                ),
                11
            ) <> cast(substring({{ column }}, 10, 1) as integer) then 'wrong check digit'
        when {{ column }} like '999%' then 'test range'
        else 'valid'
    end
{%- endmacro %}
