-- discharge_at_first_attendance: first attendances after which the patient needed no other.
with candidate as (
    select
        attendance.attendance_id as record_id,
        attendance.appointment_on as occurred_on,
        case when attendance.outcome_of_attendance_code is null then 'outcome not recorded' end as exclusion_reason,
        case
            when attendance.outcome_of_attendance_code in {{ clinical_codes('discharged_at_attendance') }} then 1
            else 0
        end as numerator,
        1 as denominator,
        concat_ws(
            '', 'First attendance on ', attendance.appointment_on, ', outcome code ',
            coalesce(attendance.outcome_of_attendance_code, 'missing'), '.'
        ) as evidence
    from {{ ref('int_attendance') }} as attendance
    cross join {{ ref('int_reporting_period') }} as reporting_period
    where
        attendance.first_attendance_code in {{ clinical_codes('first_attendance') }}
        and attendance.attended_or_did_not_attend_code in {{ clinical_codes('attended') }}
        and attendance.appointment_on <= reporting_period.data_to_on
)

{{ measure_rows('attendance') }}
