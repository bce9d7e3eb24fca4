-- overrun_minutes: minutes from planned finish to the last patient out; a list that ended before counts as zero.
with candidate as (
    select
        theatre_list_id as record_id,
        list_on as occurred_on,
        case
            when uncountable_reason is not null then uncountable_reason
            when operated_case_count = 0 then 'no case operated'
        end as exclusion_reason,
        greatest(0, minutes_after_planned_finish) as numerator,
        1 as denominator,
        {{ last_patient_note() }} as evidence
    from {{ ref('int_theatre_list_minutes') }}
)

{{ measure_rows('theatre_list') }}
