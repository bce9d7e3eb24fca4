-- The current version of every clinician of the workforce systems: renamed and decoded, nothing else.
select
    consultant_code,
    clinician_name,
    user_name,
    grade,
    main_specialty_code,
    _delivery_id as delivery_id,
    _row_number as delivery_row_number
from {{ current_version('workforce', 'clinician') }}
