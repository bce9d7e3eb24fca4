-- early_finish_minutes_mhs: minutes from the last patient to the planned finish, of lists that ended early only.
with candidate as (
    select
        theatre_list_id as record_id,
        list_on as occurred_on,
        case
            when uncountable_reason is not null then uncountable_reason
            when operated_case_count = 0 then 'no case operated'
            when minutes_after_planned_finish >= 0 then 'not finished early'
        end as exclusion_reason,
        -minutes_after_planned_finish as numerator,
        1 as denominator,
        {{ last_patient_note() }} as evidence
    from {{ ref('int_theatre_list_minutes') }}
)

{{ measure_rows('theatre_list') }}
