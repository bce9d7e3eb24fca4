-- Clinic sessions and the slots that they offered.
select
    clinic_code || '|' || session_on as clinic_session_id,
    clinic_code,
    session_on,
    consultant_code,
    treatment_function_code,
    new_slot_count,
    follow_up_slot_count,
    new_slot_count + follow_up_slot_count as slot_count,
    clinic_status_code = 'C' as is_cancelled
from {{ ref('stg_pas__clinic_template') }}
