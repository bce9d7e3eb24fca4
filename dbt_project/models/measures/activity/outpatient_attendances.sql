-- outpatient_attendances: outpatient appointments at which the patient was seen.
with candidate as (
    select
        attendance.attendance_id as record_id,
        attendance.appointment_on as occurred_on,
        case
            when attendance.first_attendance_code in {{ clinical_codes('administrative_event') }}
                then 'administrative event'
        end as exclusion_reason,
        1 as numerator,
        null as denominator,
        concat_ws(
            '', 'Seen on ', attendance.appointment_on, ', attended code ',
            attendance.attended_or_did_not_attend_code, ', first attendance code ',
            attendance.first_attendance_code, '.'
        ) as evidence
    from {{ ref('int_attendance') }} as attendance
    cross join {{ ref('int_reporting_period') }} as reporting_period
    where
        attendance.attended_or_did_not_attend_code in {{ clinical_codes('attended') }}
        and attendance.appointment_on <= reporting_period.data_to_on
)

{{ measure_rows('attendance') }}
