-- finished_episodes: consultant episodes that ended, by the consultant who had the patient in it.
with candidate as (
    select
        episode_id as record_id,
        ended_on as occurred_on,
        case
            when patient_classification_code in {{ clinical_codes('regular_attender') }} then 'regular attender'
            when admission_method_code in {{ clinical_codes('birth_admission') }} then 'birth'
        end as exclusion_reason,
        1 as numerator,
        null as denominator,
        concat_ws(
            '', 'Episode ', episode_number, ' of its spell, from ', started_on, ' to ', ended_on, '.'
        ) as evidence
    from {{ ref('int_episode') }}
    where ended_on is not null
)

{{ measure_rows('episode') }}
