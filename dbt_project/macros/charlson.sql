{# The Charlson index of a text of ICD-10 codes, each with a space before it and without dots, such as ' I500 E119'.
   Codes: Quan et al. 2005 (Medical Care 43:1130-1139, table 1, ICD-10); weights: Charlson et al. 1987. Of a disease in
   two degrees the worse one counts. #}
{% macro charlson_index(codes) -%}
    {%- set conditions = [
        [1, 'I21|I22|I252'],
        [1, 'I099|I110|I130|I132|I255|I42[05-9]|I43|I50|P290'],
        [1, 'I70|I71|I731|I738|I739|I771|I790|I792|K551|K558|K559|Z958|Z959'],
        [1, 'G45|G46|H340|I6'],
        [1, 'F0[0-3]|F051|G30|G311'],
        [1, 'I278|I279|J4[0-7]|J6[0-7]|J684|J701|J703'],
        [1, 'M05|M06|M315|M32|M33|M34|M351|M353|M360'],
        [1, 'K2[5-8]'],
        [2, 'G041|G114|G801|G802|G81|G82|G83[0-49]'],
        [2, 'I120|I131|N03[2-7]|N05[2-7]|N18|N19|N250|Z49[0-2]|Z940|Z992'],
        [6, 'B2[0124]'],
    ] -%}
    {%- set degrees = [
        [2, 'E1[0-4][2-57]', 1, 'E1[0-4][01689]'],
        [3, 'I850|I859|I864|I982|K704|K711|K721|K729|K76[5-7]',
            1, 'B18|K70[0-39]|K71[3-57]|K73|K74|K760|K76[2-4]|K768|K769|Z944'],
        [6, 'C7[7-9]|C80',
            2, 'C[01]|C2[0-6]|C3[0-4]|C3[7-9]|C4[0135-9]|C5[0-8]|C6|C7[0-6]|C8[1-58]|C9[0-7]'],
    ] -%}
    (
        {%- for weight, pattern in conditions %}
        case when {{ has_code(codes, pattern) }} then {{ weight }} else 0 end +
        {%- endfor %}
        {%- for worse_weight, worse, weight, pattern in degrees %}
        case
            when {{ has_code(codes, worse) }} then {{ worse_weight }}
            when {{ has_code(codes, pattern) }} then {{ weight }}
            else 0
        end{{ ' +' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{# Whether one of the codes begins as the regular expression says. #}
{% macro has_code(codes, pattern) -%}
    {{ return(adapter.dispatch('has_code')(codes, pattern)) }}
{%- endmacro %}

{% macro default__has_code(codes, pattern) -%}
    {{ codes }} ~ ' ({{ pattern }})'
{%- endmacro %}

{% macro spark__has_code(codes, pattern) -%}
    {{ codes }} rlike ' ({{ pattern }})'
{%- endmacro %}
