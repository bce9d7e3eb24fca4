-- day_case_rate: planned admissions meant to be day cases that were, of all planned as overnight or day.
with candidate as (
    select
        spell_id as record_id,
        discharged_on as occurred_on,
        case
            when patient_classification_code in {{ clinical_codes('regular_attender') }} then 'regular attender'
            when coalesce(intended_management_code, '') not in {{ clinical_codes('intended_overnight_or_day') }}
                then 'intended management not 1 or 2'
        end as exclusion_reason,
        case
            when
                intended_management_code in {{ clinical_codes('intended_day') }}
                and patient_classification_code in {{ clinical_codes('day_case') }}
                then 1
            else 0
        end as numerator,
        1 as denominator,
        concat_ws(
            '', 'Intended management ', coalesce(intended_management_code, 'missing'), ', patient classification ',
            patient_classification_code, ', discharged ', discharged_on, '.',
            {{ missing_episode_note('has_all_episodes') }}
        ) as evidence
    from {{ ref('int_spell') }}
    where is_finished and admission_method_code in {{ clinical_codes('elective_admission') }}
)

{{ measure_rows('spell') }}
