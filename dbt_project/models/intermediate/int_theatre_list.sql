-- Theatre lists as planned, with what their operated cases say together.
with operated as (
    select
        theatre_list_id,
        count(*) as operated_case_count,
        bool_and(has_usable_times) as has_usable_case_times,
        min(into_anaesthetic_room_at) as first_into_anaesthetic_room_at,
        max(out_of_theatre_at) as last_out_of_theatre_at
    from {{ ref('int_theatre_case') }}
    where is_operated
    group by theatre_list_id
),

theatre_list as (
    select
        theatre_list_id,
        theatre_code,
        list_on,
        planned_start_at,
        planned_finish_at,
        {{ minutes_between('planned_start_at', 'planned_finish_at') }} as planned_minutes,
        list_owner_code,
        treatment_function_code,
        session_type_code,
        list_status_code
    from {{ ref('stg_theatre__theatre_list') }}
)

select
    theatre_list.theatre_list_id,
    theatre_list.theatre_code,
    theatre_list.list_on,
    theatre_list.planned_start_at,
    theatre_list.planned_finish_at,
    theatre_list.planned_minutes,
    theatre_list.planned_minutes > 0 and theatre_list.planned_minutes <= 14 * 60 as has_usable_planned_times,
    theatre_list.list_owner_code,
    theatre_list.treatment_function_code,
    theatre_list.session_type_code = 'E' as is_elective,
    theatre_list.list_status_code = 'C' as is_cancelled,
    coalesce(operated.operated_case_count, 0) as operated_case_count,
    -- a list on which nobody was operated has no time that could be wrong
    coalesce(operated.has_usable_case_times, true) as has_usable_case_times,
    operated.first_into_anaesthetic_room_at,
    operated.last_out_of_theatre_at
from theatre_list
left join operated on theatre_list.theatre_list_id = operated.theatre_list_id
