-- default_consultant_code_rate: finished consultant episodes for which PAS names no consultant.
with candidate as (
    select
        episode_id as record_id,
        ended_on as occurred_on,
        case
            when patient_classification_code in {{ clinical_codes('regular_attender') }} then 'regular attender'
            when admission_method_code in {{ clinical_codes('birth_admission') }} then 'birth'
        end as exclusion_reason,
        case
            when consultant_code is null or consultant_code in {{ clinical_codes('default_consultant') }} then 1
            else 0
        end as numerator,
        1 as denominator,
        concat_ws(
            '', 'Episode ', episode_number, ' of its spell, ended ', ended_on,
            case
                when consultant_code is null then ', has no consultant code.'
                when consultant_code in {{ clinical_codes('default_consultant') }}
                    then concat_ws('', ', has the default code ', consultant_code, '.')
                else ', names a consultant.'
            end
        ) as evidence
    from {{ ref('int_episode') }}
    where ended_on is not null
)

{{ measure_rows('episode') }}
