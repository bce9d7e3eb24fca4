{# A clinician's code or name as it is compared: capitals, one blank for any other sign, no title before or after.
   "Smith, J. (Mr)" and "MR SMITH J" read alike, and so do "c1234567" and "C1234567". #}
{% macro written_clinician(column) -%}
    {{ return(adapter.dispatch('written_clinician')(column)) }}
{%- endmacro %}

{% macro default__written_clinician(column) -%}
    {%- set titles = 'MR|MRS|MISS|MS|MX|DR|PROF|PROFESSOR|SIR|DAME' -%}
    trim(
        regexp_replace(
            trim(regexp_replace(translate(upper({{ column }}), '''’', ''), '[^[:alnum:]]+', ' ', 'g')),
            '^(({{ titles }}) )+|( ({{ titles }}))+$',
            '',
            'g'
        )
    )
{%- endmacro %}

{# The initials with which a name so written begins, each followed by a blank: "J A " of "J A SMITH"; none gives null. #}
{% macro name_initials(column) -%}
    {{ return(adapter.dispatch('name_initials')(column)) }}
{%- endmacro %}

{% macro default__name_initials(column) -%}
    substring({{ column }} from '^(?:[[:alpha:]] )+')
{%- endmacro %}
