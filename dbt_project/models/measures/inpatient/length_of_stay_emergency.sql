-- length_of_stay_emergency: days from admission to discharge of ordinary emergency admissions.
with candidate as (
    select
        spell_id as record_id,
        discharged_on as occurred_on,
        case
            when patient_classification_code not in {{ clinical_codes('ordinary_admission') }}
                then 'not an ordinary admission'
        end as exclusion_reason,
        {{ days_between('admitted_on', 'discharged_on') }} as numerator,
        1 as denominator,
        concat_ws(
            '', 'Admitted ', admitted_on, ' (method ', admission_method_code, '), discharged ', discharged_on, '.',
            {{ missing_episode_note('has_all_episodes') }}
        ) as evidence
    from {{ ref('int_spell') }}
    where is_finished and admission_method_code in {{ clinical_codes('emergency_admission') }}
)

{{ measure_rows('spell') }}
