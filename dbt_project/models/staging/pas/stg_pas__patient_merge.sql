-- The current version of every patient merge of PAS: renamed and decoded, nothing else.
select
    minor_local_patient_identifier as minor_patient_id,
    major_local_patient_identifier as major_patient_id,
    {{ local_to_utc('merged_at') }} as merged_at,
    merge_action_code = 'M' as is_merge,
    _delivery_id as delivery_id,
    _row_number as delivery_row_number
from {{ current_version('pas', 'patient_merge') }}
