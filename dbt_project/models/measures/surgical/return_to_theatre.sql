-- return_to_theatre: elective spells with an operation after which the patient came back to theatre unplanned.
with operated_case as (
    select
        spell_id,
        has_known_list,
        list_on,
        into_anaesthetic_room_at,
        is_unplanned_return,
        case_urgency_code in {{ clinical_codes('emergency_case') }} as is_emergency,
        min(case when case_urgency_code in {{ clinical_codes('elective_case') }} then list_on end)
            over (partition by spell_id) as elective_on,
        min(case when case_urgency_code in {{ clinical_codes('elective_case') }} then into_anaesthetic_room_at end)
            over (partition by spell_id) as elective_at
    from {{ ref('int_theatre_case') }}
    where is_operated and spell_id is not null
),

-- Of two cases on one day only their times say which came later: without them, none did.
operated_spell as (
    select
        spell_id,
        min(list_on) as first_operated_on,
        count(*) as operated_case_count,
        bool_or(not is_unplanned_return) as has_operation_before_return,
        bool_or(
            is_unplanned_return
            or is_emergency and coalesce(
                list_on > elective_on or list_on = elective_on and into_anaesthetic_room_at > elective_at, false
            )
        ) as has_return
    from operated_case
    group by spell_id
    having bool_or(has_known_list)
),

candidate as (
    select
        spell.spell_id as record_id,
        operated_spell.first_operated_on as occurred_on,
        case
            when not spell.is_finished then 'spell not finished'
            when not operated_spell.has_operation_before_return then 'no operation before the return'
        end as exclusion_reason,
        case when operated_spell.has_return then 1 else 0 end as numerator,
        1 as denominator,
        concat_ws(
            '', 'First operated ', operated_spell.first_operated_on, ', operations in the spell: ',
            operated_spell.operated_case_count,
            case when operated_spell.has_return then ', came back unplanned.' else ', no unplanned return.' end,
            {{ missing_episode_note('spell.has_all_episodes') }}
        ) as evidence
    from operated_spell
    inner join {{ ref('int_spell') }} as spell on operated_spell.spell_id = spell.spell_id
    where spell.admission_method_code in {{ clinical_codes('elective_admission') }}
)

{{ measure_rows('spell') }}
