-- late_start_minutes: minutes from planned start to the first patient; a list that began early counts as zero.
with list_start as (
    select
        theatre_list_id,
        list_on,
        is_elective,
        is_cancelled,
        has_usable_planned_times,
        has_usable_case_times,
        operated_case_count,
        {{ minutes_between('planned_start_at', 'first_into_anaesthetic_room_at') }} as minutes_after_plan
    from {{ ref('int_theatre_list') }}
),

candidate as (
    select
        theatre_list_id as record_id,
        list_on as occurred_on,
        case
            when not is_elective then 'not an elective list'
            when is_cancelled then 'list cancelled'
            when not has_usable_planned_times then 'planned times not usable'
            when not has_usable_case_times then 'case times missing or out of order'
            when operated_case_count = 0 then 'no case operated'
        end as exclusion_reason,
        greatest(0, minutes_after_plan) as numerator,
        1 as denominator,
        case
            when minutes_after_plan is null then 'No first patient with a time.'
            when minutes_after_plan >= 0
                then concat_ws('', 'First patient ', round(minutes_after_plan), ' minutes after the planned start.')
            else concat_ws('', 'First patient ', round(-minutes_after_plan), ' minutes before the planned start.')
        end as evidence
    from list_start
)

{{ measure_rows('theatre_list') }}
