-- Finished spells with the patient's next spell, for measures of return: what is a return, and what leaves a spell out.
{%- set cancer_history_days = 365 %}
with spell as (
    select
        spell_id,
        patient_key,
        patient_classification_code,
        admission_method_code,
        discharge_method_code,
        admitted_on,
        discharged_on,
        is_finished,
        coalesce(first_treatment_function_code, '') as first_treatment_function_code,
        coalesce(last_treatment_function_code, '') as last_treatment_function_code,
        has_cancer_code,
        has_all_episodes
    from {{ ref('int_spell') }}
),

-- Each day of a regular attender is a spell of its own: none of them is a return.
sequenced as (
    select
        spell_id,
        lead(spell_id) over (partition by patient_key order by admitted_on, spell_id) as next_spell_id
    from spell
    where patient_classification_code not in {{ clinical_codes('regular_attender') }}
),

-- A spell's own codes leave it out in any case, so that it may find itself here.
cancer_history as (
    select distinct spell.spell_id
    from spell
    inner join spell as earlier
        on
            spell.patient_key = earlier.patient_key
            and earlier.discharged_on
            between {{ add_days('spell.admitted_on', -cancer_history_days) }} and spell.admitted_on
    where earlier.is_finished and earlier.has_cancer_code
),

-- `return_days` counts from discharge to an admission that is a return; null where the next admission is not one.
followed as (
    select
        spell.spell_id,
        spell.patient_classification_code,
        spell.admission_method_code,
        spell.discharge_method_code,
        spell.admitted_on,
        spell.discharged_on,
        spell.last_treatment_function_code,
        spell.has_all_episodes,
        spell.has_cancer_code or cancer_history.spell_id is not null as has_cancer,
        next_spell.admitted_on as next_admitted_on,
        next_spell.admission_method_code as next_admission_method_code,
        next_spell.first_treatment_function_code as next_treatment_function_code,
        case
            when
                next_spell.admission_method_code in {{ clinical_codes('emergency_admission') }}
                and next_spell.first_treatment_function_code
                not in {{ clinical_codes('maternity_treatment_function') }}
                and not next_spell.has_cancer_code
                then {{ days_between('spell.discharged_on', 'next_spell.admitted_on') }}
        end as return_days
    from spell
    left join sequenced on spell.spell_id = sequenced.spell_id
    left join spell as next_spell on sequenced.next_spell_id = next_spell.spell_id
    left join cancer_history on spell.spell_id = cancer_history.spell_id
    where spell.is_finished
)

select
    spell_id,
    discharged_on,
    case
        when
            discharge_method_code in {{ clinical_codes('died') }}
            or discharge_method_code in {{ clinical_codes('stillborn') }}
            then 'died or stillborn'
        when patient_classification_code in {{ clinical_codes('regular_attender') }} then 'regular attender'
        when patient_classification_code in {{ clinical_codes('day_case') }} then 'day case'
        when
            admission_method_code in {{ clinical_codes('maternity_admission') }}
            or last_treatment_function_code in {{ clinical_codes('maternity_treatment_function') }}
            then 'maternity'
        when admission_method_code in {{ clinical_codes('birth_admission') }} then 'birth'
        when has_cancer then 'cancer or chemotherapy'
    end as exclusion_reason,
    next_treatment_function_code,
    return_days,
    case
        when next_admitted_on is null
            then concat_ws(
                '', 'Discharged ', discharged_on, ', no later admission.',
                {{ missing_episode_note('has_all_episodes') }}
            )
        else concat_ws(
            '', 'Discharged ', discharged_on, ', next admitted ', next_admitted_on,
            ' (method ', next_admission_method_code, ').',
            {{ missing_episode_note('has_all_episodes') }}
        )
    end as evidence
from followed
