-- The current version of every clinic template of PAS: renamed and decoded, nothing else.
select
    clinic_code,
    session_date as session_on,
    consultant_code,
    activity_treatment_function_code as treatment_function_code,
    slots_new as new_slot_count,
    slots_follow_up as follow_up_slot_count,
    clinic_status_code,
    _delivery_id as delivery_id,
    _row_number as delivery_row_number
from {{ current_version('pas', 'clinic_template') }}
