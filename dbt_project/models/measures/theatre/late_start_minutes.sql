-- late_start_minutes: minutes from planned start to the first patient; a list that began early counts as zero.
with candidate as (
    select
        theatre_list_id as record_id,
        list_on as occurred_on,
        case
            when uncountable_reason is not null then uncountable_reason
            when operated_case_count = 0 then 'no case operated'
        end as exclusion_reason,
        greatest(0, minutes_after_planned_start) as numerator,
        1 as denominator,
        {{ first_patient_note() }} as evidence
    from {{ ref('int_theatre_list_minutes') }}
)

{{ measure_rows('theatre_list') }}
