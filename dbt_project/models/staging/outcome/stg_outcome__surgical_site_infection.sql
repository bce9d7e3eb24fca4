-- The current version of every surgical site infection of the outcome system: renamed and decoded, nothing else.
select
    theatre_case_identifier as theatre_case_id,
    surveillance_category,
    infection_type_code,
    infection_onset_date as infection_onset_on,
    surveillance_end_date as surveillance_ended_on,
    _delivery_id as delivery_id,
    _row_number as delivery_row_number
from {{ current_version('outcome', 'surgical_site_infection') }}
