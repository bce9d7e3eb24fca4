-- How the minutes of each theatre list were used, or why they cannot be counted: one answer for all measures of lists.
with operated as (
    select
        theatre_case.theatre_list_id,
        theatre_case.into_anaesthetic_room_at as in_at,
        theatre_case.out_of_theatre_at as out_at,
        theatre_list.planned_start_at,
        theatre_list.planned_finish_at,
        lag(theatre_case.out_of_theatre_at) over (
            partition by theatre_case.theatre_list_id
            order by
                theatre_case.into_anaesthetic_room_at, theatre_case.out_of_theatre_at, theatre_case.theatre_case_id
        ) as previous_out_at,
        max(theatre_case.out_of_theatre_at) over (
            partition by theatre_case.theatre_list_id
            order by
                theatre_case.into_anaesthetic_room_at, theatre_case.out_of_theatre_at, theatre_case.theatre_case_id
            rows between unbounded preceding and 1 preceding
        ) as covered_to_at
    from {{ ref('int_theatre_case') }} as theatre_case
    inner join {{ ref('int_theatre_list') }} as theatre_list
        on theatre_case.theatre_list_id = theatre_list.theatre_list_id
    where theatre_case.is_operated and theatre_case.has_usable_times
),

-- Patients overlap (the next anaesthetic begins first). Where a minute counts once, only that of a patient's time
-- counts which lies after the latest finish of those who began before.
used as (
    select
        theatre_list_id,
        sum(greatest(0, {{ minutes_between('greatest(in_at, covered_to_at)', 'out_at') }})) as touch_minutes,
        sum(greatest(0, {{ minutes_between(
            'greatest(in_at, covered_to_at, planned_start_at)', 'least(out_at, planned_finish_at)'
        ) }})) as within_plan_touch_minutes,
        sum({{ minutes_between('in_at', 'out_at') }}) as patient_minutes,
        sum(greatest(0, {{ minutes_between(
            'greatest(in_at, planned_start_at)', 'least(out_at, planned_finish_at)'
        ) }})) as within_plan_patient_minutes,
        count(previous_out_at) as changeover_count,
        sum({{ minutes_between('previous_out_at', 'in_at') }}) as changeover_minutes,
        sum(greatest(0, {{ minutes_between('covered_to_at', 'in_at') }})) as empty_minutes
    from operated
    group by theatre_list_id
)

select
    theatre_list.theatre_list_id,
    theatre_list.list_on,
    case
        when not theatre_list.is_elective then 'not an elective list'
        when theatre_list.is_cancelled then 'list cancelled'
        when not theatre_list.has_usable_planned_times then 'planned times not usable'
        when not theatre_list.has_usable_case_times then 'case times missing or out of order'
    end as uncountable_reason,
    theatre_list.operated_case_count,
    theatre_list.planned_minutes,
    {{ minutes_between('theatre_list.planned_start_at', 'theatre_list.first_into_anaesthetic_room_at') }}
        as minutes_after_planned_start,
    {{ minutes_between('theatre_list.planned_finish_at', 'theatre_list.last_out_of_theatre_at') }}
        as minutes_after_planned_finish,
    cast(coalesce(used.touch_minutes, 0) as numeric(28, 12)) as touch_minutes,
    cast(coalesce(used.within_plan_touch_minutes, 0) as numeric(28, 12)) as within_plan_touch_minutes,
    cast(coalesce(used.patient_minutes, 0) as numeric(28, 12)) as patient_minutes,
    cast(coalesce(used.within_plan_patient_minutes, 0) as numeric(28, 12)) as within_plan_patient_minutes,
    coalesce(used.changeover_count, 0) as changeover_count,
    cast(coalesce(used.changeover_minutes, 0) as numeric(28, 12)) as changeover_minutes,
    cast(coalesce(used.empty_minutes, 0) as numeric(28, 12)) as empty_minutes
from {{ ref('int_theatre_list') }} as theatre_list
left join used on theatre_list.theatre_list_id = used.theatre_list_id
