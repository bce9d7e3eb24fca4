-- The current version of every clinician alias of the workforce systems: renamed and decoded, nothing else.
select
    alias_type,
    alias,
    consultant_code,
    valid_from_date as valid_from_on,
    valid_to_date as valid_to_on,
    _delivery_id as delivery_id,
    _row_number as delivery_row_number
from {{ current_version('workforce', 'clinician_alias') }}
