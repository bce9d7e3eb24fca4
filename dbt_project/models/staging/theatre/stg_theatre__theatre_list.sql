-- The current version of every theatre list of the theatre system: renamed and decoded, nothing else.
select
    theatre_list_identifier as theatre_list_id,
    theatre_code,
    list_date as list_on,
    {{ local_to_utc('planned_start_at') }} as planned_start_at,
    {{ local_to_utc('planned_finish_at') }} as planned_finish_at,
    list_owner_consultant_code as list_owner_code,
    activity_treatment_function_code as treatment_function_code,
    session_type_code,
    list_status_code,
    _delivery_id as delivery_id,
    _row_number as delivery_row_number
from {{ current_version('theatre', 'theatre_list') }}
