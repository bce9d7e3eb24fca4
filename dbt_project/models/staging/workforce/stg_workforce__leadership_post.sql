-- The current version of every leadership post of the workforce systems: renamed and decoded, nothing else.
select
    user_name,
    person_name,
    leadership_role,
    org_unit_code,
    valid_from_date as valid_from_on,
    valid_to_date as valid_to_on,
    _delivery_id as delivery_id,
    _row_number as delivery_row_number
from {{ current_version('workforce', 'leadership_post') }}
