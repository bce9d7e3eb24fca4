-- late_start_rate: lists whose first patient came half an hour or more after the planned start.
with candidate as (
    select
        theatre_list_id as record_id,
        list_on as occurred_on,
        case
            when uncountable_reason is not null then uncountable_reason
            when operated_case_count = 0 then 'no case operated'
        end as exclusion_reason,
        case when minutes_after_planned_start >= 30 then 1 else 0 end as numerator,
        1 as denominator,
        {{ first_patient_note() }} as evidence
    from {{ ref('int_theatre_list_minutes') }}
)

{{ measure_rows('theatre_list') }}
