{# The evidence of a month of a post: what its job plan holds of an activity before and after leave. #}
{% macro planned_session_note(activity) -%}
    concat_ws(
        '', 'Job plan from ', first_on, ' in the month: ', round(planned_session_count, 1),
        ' {{ activity }} sessions, ', round(worked_session_count, 1), ' after leave.'
    )
{%- endmacro %}
