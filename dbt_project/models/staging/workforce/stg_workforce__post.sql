-- The current version of every post of the workforce systems: renamed and decoded, nothing else.
select
    post_number as post_id,
    consultant_code,
    org_unit_code,
    post_share,
    valid_from_date as valid_from_on,
    valid_to_date as valid_to_on,
    _delivery_id as delivery_id,
    _row_number as delivery_row_number
from {{ current_version('workforce', 'post') }}
