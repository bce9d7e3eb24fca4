-- From which length on a stay is unusually long: by service and admission type, from the stays of the year before.
{%- set months_of_reference = 12 %}
{%- set least_stays = 30 %}
with stay as (
    select
        admission_type,
        last_treatment_function_code as treatment_function_code,
        {{ month_of('discharged_on') }} as month_on,
        {{ days_between('admitted_on', 'discharged_on') }} as stay_days
    from {{ ref('int_spell') }}
    where
        is_finished
        and admission_type in ('elective', 'emergency')
        and patient_classification_code in {{ clinical_codes('ordinary_admission') }}
        and last_treatment_function_code is not null
),

-- Each stay speaks for the twelve months after its own.
reference_stay as (
    select
        stay.admission_type,
        stay.treatment_function_code,
        stay.stay_days,
        series.series_on as month_on
    from stay
    {{ cross_join_date_series(
        dbt.dateadd('month', 1, 'stay.month_on'), dbt.dateadd('month', months_of_reference, 'stay.month_on'), 'month'
    ) }}
),

quartile as (
    select
        admission_type,
        treatment_function_code,
        month_on,
        count(*) as stay_count,
        {{ percentile('stay_days', 0.25) }} as lower_quartile_days,
        {{ percentile('stay_days', 0.75) }} as upper_quartile_days
    from reference_stay
    group by admission_type, treatment_function_code, month_on
)

select
    admission_type,
    treatment_function_code,
    month_on,
    stay_count,
    -- Rounded down, so that a stay that is longer than the point is longer by whole days.
    cast(
        floor(upper_quartile_days + 1.5 * (upper_quartile_days - lower_quartile_days)) as integer
    ) as trim_point_days
from quartile
where stay_count >= {{ least_stays }}
