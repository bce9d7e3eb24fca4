-- Theatre cases with the day and service of their list, and whether their four time points can be used.
with theatre_case as (
    select
        booked.theatre_case_id,
        booked.theatre_list_id,
        identity.patient_key,
        booked.spell_id,
        booked.case_order,
        booked.case_urgency_code,
        booked.into_anaesthetic_room_at,
        booked.knife_to_skin_at,
        booked.procedure_finish_at,
        booked.out_of_theatre_at,
        -- of the time points that are there, each must not be earlier than the one before it
        coalesce(booked.knife_to_skin_at, booked.into_anaesthetic_room_at) as knife_or_before_at,
        coalesce(
            booked.procedure_finish_at, booked.knife_to_skin_at, booked.into_anaesthetic_room_at
        ) as finish_or_before_at,
        booked.operating_surgeon_code,
        booked.supervising_consultant_code,
        booked.anaesthetist_code,
        booked.primary_procedure_code,
        booked.is_unplanned_return,
        booked.case_status_code = 'O' as is_operated,
        {{ local_date('booked.cancelled_at') }} as cancelled_on,
        booked.cancellation_reason_code,
        booked.is_postponed_within_24_hours
    from {{ ref('stg_theatre__theatre_case') }} as booked
    left join {{ ref('int_patient_identity') }} as identity on booked.local_patient_id = identity.local_patient_id
)

select
    theatre_case.theatre_case_id,
    theatre_case.theatre_list_id,
    theatre_list.theatre_list_id is not null as has_known_list,
    theatre_list.list_on,
    theatre_list.treatment_function_code,
    theatre_case.patient_key,
    theatre_case.spell_id,
    theatre_case.case_order,
    theatre_case.case_urgency_code,
    theatre_case.into_anaesthetic_room_at,
    theatre_case.knife_to_skin_at,
    theatre_case.procedure_finish_at,
    theatre_case.out_of_theatre_at,
    coalesce(
        theatre_case.into_anaesthetic_room_at <= theatre_case.knife_or_before_at
        and theatre_case.knife_or_before_at <= theatre_case.finish_or_before_at
        and theatre_case.finish_or_before_at <= theatre_case.out_of_theatre_at
        and {{ minutes_between('theatre_case.into_anaesthetic_room_at', 'theatre_case.out_of_theatre_at') }}
        <= 24 * 60,
        false
    ) as has_usable_times,
    theatre_case.operating_surgeon_code,
    theatre_case.supervising_consultant_code,
    theatre_case.anaesthetist_code,
    theatre_case.primary_procedure_code,
    theatre_case.is_unplanned_return,
    theatre_case.is_operated,
    theatre_case.cancelled_on,
    theatre_case.cancellation_reason_code,
    theatre_case.is_postponed_within_24_hours
from theatre_case
left join {{ ref('stg_theatre__theatre_list') }} as theatre_list
    on theatre_case.theatre_list_id = theatre_list.theatre_list_id
