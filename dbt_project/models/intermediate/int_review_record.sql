-- Records that who carries them confirms or disputes: one carrier each, what the sources say of it in a sentence, and a
-- hash of all that a measure counts of it, which is another when the source corrects something.
with episode_facts as (
    select
        spell_id,
        md5(
            string_agg(
                concat_ws(
                    '|', episode_number, started_on, ended_on, primary_diagnosis_code, secondary_diagnosis_count,
                    treatment_function_code
                ),
                ';' order by episode_number
            )
        ) as facts_hash
    from {{ ref('int_episode') }}
    group by spell_id
),

record as (
    select
        'spell' as record_type,
        spell.spell_id as record_id,
        'discharging_consultant' as attribution_role,
        cast(null as {{ dbt.type_string() }}) as spell_id,
        spell.discharged_on as occurred_on,
        concat_ws(
            '', 'Admitted ', spell.admitted_on, ' (', spell.admission_type, '), discharged ', spell.discharged_on,
            '; primary diagnosis ', coalesce(spell.primary_diagnosis_code, 'not coded'), '.'
        ) as facts,
        md5(
            concat_ws(
                '|', spell.admitted_on, spell.discharged_on, spell.patient_classification_code,
                spell.intended_management_code, spell.admission_method_code, spell.discharge_method_code,
                episode_facts.facts_hash
            )
        ) as facts_hash
    from {{ ref('int_spell') }} as spell
    inner join episode_facts on spell.spell_id = episode_facts.spell_id
    where spell.is_finished

    union all

    select
        'theatre_case' as record_type,
        theatre_case_id as record_id,
        'operating_surgeon' as attribution_role,
        spell_id,
        list_on as occurred_on,
        concat_ws(
            '', case when is_operated then 'Operated ' else 'Not operated ' end, list_on, ', list ', theatre_list_id,
            '; procedure ', coalesce(primary_procedure_code, 'not coded'), '.'
        ) as facts,
        md5(
            concat_ws(
                '|', list_on, theatre_list_id, spell_id, primary_procedure_code, is_operated, is_unplanned_return,
                cancelled_on, cancellation_reason_code, into_anaesthetic_room_at, knife_to_skin_at, procedure_finish_at,
                out_of_theatre_at
            )
        ) as facts_hash
    from {{ ref('int_theatre_case') }}
    where has_known_list

    union all

    select
        'attendance' as record_type,
        attendance_id as record_id,
        'clinic_consultant' as attribution_role,
        cast(null as {{ dbt.type_string() }}) as spell_id,
        appointment_on as occurred_on,
        concat_ws(
            '', 'Appointment ', appointment_on, ', clinic ', coalesce(clinic_code, 'not known'), '; ',
            case when first_attendance_code in ('1', '3') then 'first' else 'follow-up' end, ', attendance code ',
            attended_or_did_not_attend_code, '.'
        ) as facts,
        md5(
            concat_ws(
                '|', appointment_on, clinic_code, first_attendance_code, attended_or_did_not_attend_code,
                outcome_of_attendance_code, treatment_function_code
            )
        ) as facts_hash
    from {{ ref('int_attendance') }}
    where attended_or_did_not_attend_code not in {{ clinical_codes('future_appointment') }}
)

select
    record.record_type,
    record.record_id,
    record.spell_id,
    attribution.org_unit_key,
    record.occurred_on,
    record.facts,
    record.facts_hash,
    {{ attribution_text() }} as attribution_text
from record
inner join {{ ref('int_attribution') }} as attribution
    on
        record.record_id = attribution.record_id
        and record.record_type = attribution.record_type
        and record.attribution_role = attribution.attribution_role
cross join {{ ref('int_reporting_period') }} as reporting_period
where attribution.org_unit_key like 'post:%' and record.occurred_on <= reporting_period.data_to_on
