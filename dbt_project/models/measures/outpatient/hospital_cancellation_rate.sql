-- hospital_cancellation_rate: outpatient appointments that the hospital cancelled, of all that were due.
with candidate as (
    select
        attendance.attendance_id as record_id,
        attendance.appointment_on as occurred_on,
        case
            when attendance.first_attendance_code in {{ clinical_codes('administrative_event') }}
                then 'administrative event'
            when attendance.attended_or_did_not_attend_code in {{ clinical_codes('future_appointment') }}
                then 'future'
        end as exclusion_reason,
        case
            when attendance.attended_or_did_not_attend_code in {{ clinical_codes('cancelled_by_hospital') }} then 1
            else 0
        end as numerator,
        1 as denominator,
        concat_ws(
            '', 'Appointment on ', attendance.appointment_on, ', attended code ',
            attendance.attended_or_did_not_attend_code, '.'
        ) as evidence
    from {{ ref('int_attendance') }} as attendance
    cross join {{ ref('int_reporting_period') }} as reporting_period
    where attendance.appointment_on <= reporting_period.data_to_on
)

{{ measure_rows('attendance') }}
