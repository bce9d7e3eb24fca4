{# A link to the reader's own page with a unit, and a measure, chosen: the server knows whose page that is and which
   filters it has (`dashboards/server/chosen.py`). `text` is an expression of HTML, the others of plain text. #}
{% macro chosen_link(text, unit_label, measure_title=none) -%}
    '<a href="/chosen/?unit=' || {{ html_escape(url_text(unit_label)) }}
    {%- if measure_title %}
    || '&amp;measure=' || {{ html_escape(url_text(measure_title)) }}
    {%- endif %} || '">' || {{ text }} || '</a>'
{%- endmacro %}

{# A link to the review page of a record, for the types of record that people confirm or dispute; empty for others. #}
{% macro review_link(record_type, record_id, measure_id) -%}
    case
        when {{ record_type }} in ('spell', 'theatre_case', 'attendance')
            then
                '<a href="/review/record/?record_type=' || {{ record_type }}
                || '&amp;record_id=' || {{ html_escape(url_text(record_id)) }}
                || '&amp;measure=' || {{ html_escape(url_text(measure_id)) }} || '">Review</a>'
        else ''
    end
{%- endmacro %}

{# Text as a value in the address of a page: what would end or change the value is percent-encoded. #}
{% macro url_text(expression) -%}
    replace(replace(replace(replace(replace(
        {{ expression }}, '%', '%25'), '&', '%26'), '#', '%23'), '+', '%2B'), ' ', '%20')
{%- endmacro %}
