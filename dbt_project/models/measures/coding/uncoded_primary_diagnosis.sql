-- uncoded_primary_diagnosis: finished spells whose primary diagnosis is missing or says "unknown".
with candidate as (
    select
        spell_id as record_id,
        discharged_on as occurred_on,
        case
            when patient_classification_code in {{ clinical_codes('regular_attender') }} then 'regular attender'
            when admission_method_code in {{ clinical_codes('birth_admission') }} then 'birth'
        end as exclusion_reason,
        case
            when
                primary_diagnosis_code is null
                or primary_diagnosis_code in {{ clinical_codes('unknown_diagnosis') }}
                then 1
            else 0
        end as numerator,
        1 as denominator,
        concat_ws(
            '', 'Discharged ', discharged_on, ', primary diagnosis of the first episode ',
            case
                when primary_diagnosis_code is null then 'missing'
                when primary_diagnosis_code in {{ clinical_codes('unknown_diagnosis') }} then 'unknown (R69)'
                else 'coded'
            end,
            '.', {{ missing_episode_note('has_all_episodes') }}
        ) as evidence
    from {{ ref('int_spell') }}
    where is_finished
)

{{ measure_rows('spell') }}
