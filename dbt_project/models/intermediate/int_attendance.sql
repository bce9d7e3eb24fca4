-- Outpatient appointments without the patient's identifiers.
select
    attendance_id,
    {{ surrogate_key('local_patient_id') }} as patient_key,
    appointment_on,
    consultant_code,
    treatment_function_code,
    clinic_code,
    first_attendance_code,
    attended_or_did_not_attend_code,
    outcome_of_attendance_code,
    referral_received_on
from {{ ref('stg_pas__outpatient_attendance') }}
