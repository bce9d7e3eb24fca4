-- The current version of every outpatient attendance of PAS: renamed and decoded, nothing else.
select
    attendance_identifier as attendance_id,
    local_patient_identifier as local_patient_id,
    appointment_date as appointment_on,
    consultant_code,
    care_professional_main_specialty_code as main_specialty_code,
    activity_treatment_function_code as treatment_function_code,
    clinic_code,
    first_attendance_code,
    attended_or_did_not_attend_code,
    outcome_of_attendance_code,
    referral_request_received_date as referral_received_on,
    primary_procedure_opcs as primary_procedure_code,
    _delivery_id as delivery_id,
    _row_number as delivery_row_number
from {{ current_version('pas', 'outpatient_attendance') }}
