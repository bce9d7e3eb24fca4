-- theatre_cases: patients operated, on lists of every kind, by who operated.
with candidate as (
    select
        theatre_case_id as record_id,
        list_on as occurred_on,
        cast(null as {{ dbt.type_string() }}) as exclusion_reason,
        1 as numerator,
        null as denominator,
        concat_ws(
            '', 'Operated; procedure ', coalesce(primary_procedure_code, 'not coded'), '; urgency ',
            case_urgency_code, '.'
        ) as evidence
    from {{ ref('int_theatre_case') }}
    where is_operated and has_known_list
)

{{ measure_rows('theatre_case') }}
