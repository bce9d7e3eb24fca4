{# Text for HTML cells of the report models: a source value is escaped before it goes into a cell, without exception. #}
{% macro html_escape(expression) -%}
    replace(replace(replace(replace(replace(
        {{ expression }}, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;')
{%- endmacro %}

{# A headline tile: a title, a value in large, two notes below, its state in words, and a warning, where that is not
   null. Each is an expression of text; all are escaped here. #}
{% macro tile_html(title, value, first_note, second_note, state=none, warning=none) -%}
    '<div class="cpw-tile"><div class="cpw-tile-title">' || {{ html_escape(title) }}
    || '</div><div class="cpw-tile-value">' || {{ html_escape(value) }}
    || '</div><div class="cpw-tile-note">' || {{ html_escape(first_note) }}
    || '</div><div class="cpw-tile-note">' || {{ html_escape(second_note) }}
    {%- if state %}
    || '</div><div class="cpw-tile-state">' || {{ html_escape(state) }}
    {%- endif %}
    {%- if warning %}
    || coalesce('</div><div class="cpw-tile-note cpw-warning">' || {{ html_escape(warning) }}, '')
    {%- endif %} || '</div></div>'
{%- endmacro %}

{# An SVG picture (text) as the address of an image, the only form in which Superset's table cells show a drawing. #}
{% macro svg_data_uri(svg) -%}
    {{ return(adapter.dispatch('svg_data_uri')(svg)) }}
{%- endmacro %}

{# Postgres breaks base64 into lines of 76 characters; an address has none. #}
{% macro default__svg_data_uri(svg) -%}
    'data:image/svg+xml;base64,' || replace(encode(convert_to({{ svg }}, 'UTF8'), 'base64'), e'\n', '')
{%- endmacro %}

{% macro spark__svg_data_uri(svg) -%}
    concat('data:image/svg+xml;base64,', base64(encode({{ svg }}, 'UTF-8')))
{%- endmacro %}

{# How far below the top of a small picture a value is drawn, between the lowest and the highest that it shows; null for
   no value, the middle where all are the same. #}
{% macro height_of(value, lowest, highest, height, margin) -%}
    cast(
        {{ height - margin }} - {{ height - 2 * margin }} * case
            when {{ highest }} = {{ lowest }} and {{ value }} is not null then 0.5
            else ({{ value }} - {{ lowest }}) / nullif({{ highest }} - {{ lowest }}, 0)
        end as numeric(6, 1)
    )
{%- endmacro %}

{# A line across a small picture at the height `y`; nothing where there is none. #}
{% macro level_line(y, left, right, series, dashes='') -%}
    coalesce(
        '<line x1="{{ left }}" x2="{{ right }}" y1="' || {{ y }} || '" y2="' || {{ y }}
        || '" stroke="{{ series_colour(series) }}"{{ ' stroke-dasharray="' ~ dashes ~ '"' if dashes }}/>', ''
    )
{%- endmacro %}
