-- The current version of every organisation unit of the workforce systems: renamed and decoded, nothing else.
select
    org_unit_code,
    org_unit_level,
    org_unit_name,
    parent_org_unit_code,
    main_specialty_code,
    treatment_function_code,
    valid_from_date as valid_from_on,
    valid_to_date as valid_to_on,
    _delivery_id as delivery_id,
    _row_number as delivery_row_number
from {{ current_version('workforce', 'organisation_unit') }}
