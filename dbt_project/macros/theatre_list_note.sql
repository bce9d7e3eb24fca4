{# When the first patient of a theatre list came and the last left, as sentences of the evidence of a record. #}
{% macro first_patient_note() -%}
    case
        when minutes_after_planned_start is null then 'No first patient with a time.'
        when minutes_after_planned_start >= 0
            then concat_ws(
                '', 'First patient ', round(minutes_after_planned_start), ' minutes after the planned start.'
            )
        else concat_ws(
            '', 'First patient ', round(-minutes_after_planned_start), ' minutes before the planned start.'
        )
    end
{%- endmacro %}

{% macro last_patient_note() -%}
    case
        when minutes_after_planned_finish is null then 'No last patient with a time.'
        when minutes_after_planned_finish >= 0
            then concat_ws(
                '', 'Last patient out ', round(minutes_after_planned_finish), ' minutes after the planned finish.'
            )
        else concat_ws(
            '', 'Last patient out ', round(-minutes_after_planned_finish), ' minutes before the planned finish.'
        )
    end
{%- endmacro %}
