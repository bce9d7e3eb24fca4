-- The current version of every rtt pathway of PAS: renamed and decoded, nothing else.
select
    month_end_date as month_end_on,
    patient_pathway_identifier as patient_pathway_id,
    local_patient_identifier as local_patient_id,
    consultant_code,
    activity_treatment_function_code as treatment_function_code,
    referral_to_treatment_period_start_date as clock_started_on,
    referral_to_treatment_period_status_code as pathway_status_code,
    _delivery_id as delivery_id,
    _row_number as delivery_row_number
from {{ current_version('pas', 'rtt_pathway') }}
