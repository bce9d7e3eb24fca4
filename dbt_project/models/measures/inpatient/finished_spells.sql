-- finished_spells: hospital provider spells that ended, by the consultant who discharged the patient.
with candidate as (
    select
        spell_id as record_id,
        discharged_on as occurred_on,
        case
            when patient_classification_code in {{ clinical_codes('regular_attender') }} then 'regular attender'
            when admission_method_code in {{ clinical_codes('birth_admission') }} then 'birth'
        end as exclusion_reason,
        1 as numerator,
        null as denominator,
        concat_ws(
            '', 'Admitted ', admitted_on, ', discharged ', discharged_on, '.',
            {{ missing_episode_note('has_all_episodes') }}
        ) as evidence
    from {{ ref('int_spell') }}
    where is_finished
)

{{ measure_rows('spell') }}
