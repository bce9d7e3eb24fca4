{# A link to the reader's own page with a unit, and a measure, chosen: the server knows whose page that is and which
   filters it has (`dashboards/server/chosen.py`). `text` is an expression of HTML, the others of plain text. #}
{% macro chosen_link(text, unit_label, measure_title=none) -%}
    '<a href="/chosen/?unit=' || {{ html_escape(url_text(unit_label)) }}
    {%- if measure_title %}
    || '&amp;measure=' || {{ html_escape(url_text(measure_title)) }}
    {%- endif %} || '">' || {{ text }} || '</a>'
{%- endmacro %}

{# Text as a value in the address of a page: what would end or change the value is percent-encoded. #}
{% macro url_text(expression) -%}
    replace(replace(replace(replace(replace(
        {{ expression }}, '%', '%25'), '&', '%26'), '#', '%23'), '+', '%2B'), ' ', '%20')
{%- endmacro %}
