-- Outpatient appointments without the patient's identifiers.
select
    attendance.attendance_id,
    identity.patient_key,
    attendance.appointment_on,
    attendance.consultant_code,
    attendance.treatment_function_code,
    attendance.clinic_code,
    attendance.first_attendance_code,
    attendance.attended_or_did_not_attend_code,
    attendance.outcome_of_attendance_code,
    attendance.referral_received_on
from {{ ref('stg_pas__outpatient_attendance') }} as attendance
left join {{ ref('int_patient_identity') }} as identity on attendance.local_patient_id = identity.local_patient_id
