-- The PROMs questionnaires before and after one operation side by side, with the spell that carries them.
with questionnaire as (
    select
        returned.proms_serial_id,
        returned.questionnaire_stage = 'Q1' as is_before,
        identity.patient_key,
        returned.spell_id,
        returned.procedure_group,
        returned.completed_on,
        returned.oxford_score,
        returned.eq5d_index
    from {{ ref('stg_outcome__proms_questionnaire') }} as returned
    left join {{ ref('int_patient_identity') }} as identity on returned.local_patient_id = identity.local_patient_id
),

before_operation as (
    select
        proms_serial_id,
        patient_key,
        spell_id,
        procedure_group,
        completed_on,
        oxford_score,
        eq5d_index
    from questionnaire
    where is_before
),

after_operation as (
    select
        proms_serial_id,
        patient_key,
        spell_id,
        procedure_group,
        completed_on,
        oxford_score,
        eq5d_index
    from questionnaire
    where not is_before
),

pair as (
    select
        coalesce(before_operation.proms_serial_id, after_operation.proms_serial_id) as proms_pair_id,
        coalesce(before_operation.patient_key, after_operation.patient_key) as patient_key,
        coalesce(before_operation.spell_id, after_operation.spell_id) as named_spell_id,
        coalesce(before_operation.procedure_group, after_operation.procedure_group) as procedure_group,
        before_operation.proms_serial_id is not null as has_before,
        after_operation.proms_serial_id is not null as has_after,
        before_operation.patient_key <> after_operation.patient_key
        or before_operation.procedure_group <> after_operation.procedure_group as is_mismatched,
        before_operation.completed_on as before_completed_on,
        after_operation.completed_on as after_completed_on,
        before_operation.oxford_score as before_oxford_score,
        after_operation.oxford_score as after_oxford_score,
        before_operation.eq5d_index as before_eq5d_index,
        after_operation.eq5d_index as after_eq5d_index
    from before_operation
    full outer join after_operation on before_operation.proms_serial_id = after_operation.proms_serial_id
),

trust as (
    select min(org_unit_code) as org_unit_code
    from {{ ref('int_organisation') }}
    where org_unit_level = 'trust'
),

linked as (
    select
        pair.proms_pair_id,
        pair.procedure_group,
        spell.spell_id,
        spell.discharged_on,
        coalesce(spell.discharge_method_code in {{ clinical_codes('died') }}, false) as has_died_in_hospital,
        pair.has_before,
        pair.has_after,
        coalesce(pair.is_mismatched, false) or coalesce(pair.patient_key <> spell.patient_key, false)
            as is_mismatched,
        coalesce(pair.before_completed_on > spell.discharged_on, false)
        or coalesce(pair.after_completed_on <= spell.discharged_on, false) as is_out_of_order,
        pair.before_completed_on,
        pair.after_completed_on,
        pair.before_oxford_score,
        pair.after_oxford_score,
        pair.before_eq5d_index,
        pair.after_eq5d_index
    from pair
    left join {{ ref('int_spell') }} as spell on pair.named_spell_id = spell.spell_id and spell.is_finished
)

select
    linked.proms_pair_id,
    linked.procedure_group,
    linked.spell_id,
    -- A pair without a finished spell has no service either: its place is the trust's.
    case when linked.spell_id is null then 'unattributed:' || trust.org_unit_code end as org_unit_key,
    linked.discharged_on,
    linked.has_died_in_hospital,
    linked.has_before,
    linked.has_after,
    linked.is_mismatched,
    linked.is_out_of_order,
    -- Of the pairs of one operation the one that says most leads.
    linked.spell_id is not null
    and row_number() over (
        partition by linked.spell_id, linked.procedure_group
        order by
            case when linked.is_mismatched or linked.is_out_of_order then 1 else 0 end asc,
            case when linked.has_before and linked.has_after then 0 else 1 end asc,
            case when linked.has_before then 0 else 1 end asc,
            linked.proms_pair_id asc
    ) > 1 as is_repeat,
    linked.before_completed_on,
    linked.after_completed_on,
    linked.before_oxford_score,
    linked.after_oxford_score,
    linked.before_eq5d_index,
    linked.after_eq5d_index
from linked
cross join trust
