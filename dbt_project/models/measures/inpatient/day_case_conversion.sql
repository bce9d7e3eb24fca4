-- day_case_conversion: planned day cases who stayed the night, of all planned as day cases.
with candidate as (
    select
        spell_id as record_id,
        discharged_on as occurred_on,
        case
            when patient_classification_code in {{ clinical_codes('regular_attender') }} then 'regular attender'
            when coalesce(intended_management_code, '') not in {{ clinical_codes('intended_day') }}
                then 'not planned as a day case'
        end as exclusion_reason,
        case
            when patient_classification_code in {{ clinical_codes('ordinary_admission') }} then 1
            else 0
        end as numerator,
        1 as denominator,
        concat_ws(
            '', 'Intended management ', coalesce(intended_management_code, 'missing'), ', patient classification ',
            patient_classification_code, ', admitted ', admitted_on, ', discharged ', discharged_on, '.',
            {{ missing_episode_note('has_all_episodes') }}
        ) as evidence
    from {{ ref('int_spell') }}
    where is_finished and admission_method_code in {{ clinical_codes('elective_admission') }}
)

{{ measure_rows('spell') }}
