-- theatre_spell_linkage: operated cases whose spell can be found in PAS, by who operated.
with operated_case as (
    select
        theatre_case_id,
        list_on,
        spell_id,
        patient_key,
        -- a night list goes on into the next day
        coalesce({{ local_date('into_anaesthetic_room_at') }}, list_on) as operated_on
    from {{ ref('int_theatre_case') }}
    where is_operated and has_known_list
),

linkage as (
    select
        operated_case.theatre_case_id,
        operated_case.list_on,
        case
            when operated_case.spell_id is null then 'The case names no spell.'
            when spell.spell_id is null then 'The spell that the case names is not known.'
            when operated_case.patient_key <> spell.patient_key then 'The spell is of another patient.'
            when operated_case.operated_on < spell.admitted_on then 'Operated before admission.'
            when operated_case.operated_on > spell.discharged_on then 'Operated after discharge.'
        end as fault
    from operated_case
    left join {{ ref('int_spell') }} as spell on operated_case.spell_id = spell.spell_id
),

candidate as (
    select
        theatre_case_id as record_id,
        list_on as occurred_on,
        cast(null as {{ dbt.type_string() }}) as exclusion_reason,
        case when fault is null then 1 else 0 end as numerator,
        1 as denominator,
        coalesce(fault, 'Operated during the spell that the case names.') as evidence
    from linkage
)

{{ measure_rows('theatre_case') }}
