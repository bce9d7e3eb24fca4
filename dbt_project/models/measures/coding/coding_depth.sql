-- coding_depth: diagnosis codes beside the primary one, per finished spell.
with candidate as (
    select
        spell_id as record_id,
        discharged_on as occurred_on,
        case
            when patient_classification_code in {{ clinical_codes('regular_attender') }} then 'regular attender'
            when admission_method_code in {{ clinical_codes('birth_admission') }} then 'birth'
        end as exclusion_reason,
        secondary_diagnosis_count as numerator,
        1 as denominator,
        concat_ws(
            '', 'Discharged ', discharged_on, ' (', admission_type, '), secondary diagnoses in the first episode: ',
            secondary_diagnosis_count, '.', {{ missing_episode_note('has_all_episodes') }}
        ) as evidence
    from {{ ref('int_spell') }}
    where is_finished
)

{{ measure_rows('spell') }}
