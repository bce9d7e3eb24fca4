-- The current version of every job plan of the workforce systems: renamed and decoded, nothing else.
select
    post_number as post_id,
    activity_type,
    programmed_activities_per_week,
    sessions_per_week,
    valid_from_date as valid_from_on,
    valid_to_date as valid_to_on,
    _delivery_id as delivery_id,
    _row_number as delivery_row_number
from {{ current_version('workforce', 'job_plan') }}
