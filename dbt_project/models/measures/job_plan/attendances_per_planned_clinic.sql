-- attendances_per_planned_clinic: patients seen by a post for each clinic session that its job plan leaves after leave.
with seen as (
    select
        attendance.attendance_id as record_id,
        attendance.appointment_on as occurred_on,
        case
            when attendance.first_attendance_code in {{ clinical_codes('administrative_event') }}
                then 'administrative event'
        end as exclusion_reason,
        1 as numerator,
        0 as denominator,
        concat_ws('', 'Seen on ', attendance.appointment_on, '.') as evidence
    from {{ ref('int_attendance') }} as attendance
    cross join {{ ref('int_reporting_period') }} as reporting_period
    where
        attendance.attended_or_did_not_attend_code in {{ clinical_codes('attended') }}
        and attendance.appointment_on <= reporting_period.data_to_on
),

planned as (
    select
        post_month_id as record_id,
        org_unit_key,
        first_on as occurred_on,
        case when not is_post_of_consultant then 'not a post of a consultant' end as exclusion_reason,
        0 as numerator,
        worked_session_count as denominator,
        {{ planned_session_note('clinic') }} as evidence
    from {{ ref('int_job_plan_month') }}
    where activity_type = 'clinic'
)

{{ measure_rows('attendance', candidate='seen') }}

union all

{{ measure_rows('post_month', has_unit=true, candidate='planned') }}
