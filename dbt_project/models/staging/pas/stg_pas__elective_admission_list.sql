-- The current version of every elective admission list of PAS: renamed and decoded, nothing else.
select
    elective_admission_list_entry_number as elective_admission_list_entry_id,
    local_patient_identifier as local_patient_id,
    consultant_code,
    activity_treatment_function_code as treatment_function_code,
    decided_to_admit_date as decided_to_admit_on,
    intended_management_code,
    intended_procedure_opcs as intended_procedure_code,
    elective_admission_list_removal_reason_code as removal_reason_code,
    elective_admission_list_removal_date as removed_on,
    _delivery_id as delivery_id,
    _row_number as delivery_row_number
from {{ current_version('pas', 'elective_admission_list') }}
