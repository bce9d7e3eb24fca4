-- Theatre cases with the day and service of their list, and whether their four time points can be used.
with theatre_case as (
    select
        theatre_case_id,
        theatre_list_id,
        {{ surrogate_key('local_patient_id') }} as patient_key,
        spell_id,
        case_order,
        case_urgency_code,
        into_anaesthetic_room_at,
        knife_to_skin_at,
        procedure_finish_at,
        out_of_theatre_at,
        -- of the time points that are there, each must not be earlier than the one before it
        coalesce(knife_to_skin_at, into_anaesthetic_room_at) as knife_or_before_at,
        coalesce(procedure_finish_at, knife_to_skin_at, into_anaesthetic_room_at) as finish_or_before_at,
        operating_surgeon_code,
        supervising_consultant_code,
        anaesthetist_code,
        primary_procedure_code,
        is_unplanned_return,
        case_status_code = 'O' as is_operated,
        {{ local_date('cancelled_at') }} as cancelled_on,
        cancellation_reason_code,
        is_postponed_within_24_hours
    from {{ ref('stg_theatre__theatre_case') }}
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
