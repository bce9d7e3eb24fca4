-- Accepted disputes as work items of the source systems: open until an extract carries the correction.
select
    decision_id,
    record_type,
    record_id,
    reason,
    decision,
    is_open
from {{ ref('int_correction_state') }}
