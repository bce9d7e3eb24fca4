-- in_hospital_mortality: spells that ended in death, of spells whose ending is known.
with candidate as (
    select
        spell_id as record_id,
        discharged_on as occurred_on,
        case
            when patient_classification_code in {{ clinical_codes('regular_attender') }} then 'regular attender'
            when admission_method_code in {{ clinical_codes('birth_admission') }} then 'birth'
            when discharge_method_code in {{ clinical_codes('stillborn') }} then 'stillbirth'
            when
                discharge_method_code is null
                or discharge_method_code in {{ clinical_codes('discharge_not_known') }}
                then 'discharge method not known'
        end as exclusion_reason,
        case when discharge_method_code in {{ clinical_codes('died') }} then 1 else 0 end as numerator,
        1 as denominator,
        concat_ws(
            '', 'Admitted ', admitted_on, ', discharged ', discharged_on, ' by method ',
            coalesce(discharge_method_code, 'missing'), '.',
            {{ missing_episode_note('has_all_episodes') }}
        ) as evidence
    from {{ ref('int_spell') }}
    where is_finished
)

{{ measure_rows('spell') }}
