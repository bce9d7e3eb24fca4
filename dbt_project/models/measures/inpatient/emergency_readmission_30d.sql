-- emergency_readmission_30d: discharges followed by an emergency return within 30 days (day 0 to day 29).
{%- set follow_up_days = 29 %}
with candidate as (
    select
        readmission.spell_id as record_id,
        readmission.discharged_on as occurred_on,
        case
            when readmission.exclusion_reason is not null then readmission.exclusion_reason
            when {{ add_days('readmission.discharged_on', follow_up_days) }} > reporting_period.data_to_on
                then 'follow-up not complete'
        end as exclusion_reason,
        case when readmission.return_days between 0 and {{ follow_up_days }} then 1 else 0 end as numerator,
        1 as denominator,
        readmission.evidence
    from {{ ref('int_readmission') }} as readmission
    cross join {{ ref('int_reporting_period') }} as reporting_period
)

{{ measure_rows('spell') }}
