-- excess_bed_days: days that stays lasted beyond the trim point of their service and admission type.
with stay as (
    select
        spell_id,
        patient_classification_code,
        admission_type,
        last_treatment_function_code,
        admitted_on,
        discharged_on,
        {{ days_between('admitted_on', 'discharged_on') }} as stay_days,
        has_all_episodes
    from {{ ref('int_spell') }}
    where is_finished and admission_type in ('elective', 'emergency')
),

candidate as (
    select
        stay.spell_id as record_id,
        stay.discharged_on as occurred_on,
        case
            when stay.patient_classification_code not in {{ clinical_codes('ordinary_admission') }}
                then 'not an ordinary admission'
            when stay.last_treatment_function_code is null then 'treatment function missing'
            when trim_point.trim_point_days is null then 'too few stays to compare with'
        end as exclusion_reason,
        greatest(stay.stay_days - trim_point.trim_point_days, 0) as numerator,
        1 as denominator,
        concat_ws(
            '', 'Admitted ', stay.admitted_on, ' (', stay.admission_type, '), discharged ', stay.discharged_on, ': ',
            stay.stay_days, ' days',
            case
                when trim_point.trim_point_days is not null
                    then concat_ws(
                        '', ', trim point ', trim_point.trim_point_days, ' days from ', trim_point.stay_count, ' stays'
                    )
            end,
            '.', {{ missing_episode_note('stay.has_all_episodes') }}
        ) as evidence
    from stay
    left join {{ ref('int_trim_point') }} as trim_point
        on
            stay.admission_type = trim_point.admission_type
            and stay.last_treatment_function_code = trim_point.treatment_function_code
            and {{ month_of('stay.discharged_on') }} = trim_point.month_on
)

{{ measure_rows('spell') }}
