-- The current version of every registered death of the outcome system: renamed and decoded, nothing else.
select
    local_patient_identifier as local_patient_id,
    person_death_date as died_on,
    death_location_type_code as death_location_code,
    underlying_cause_icd as underlying_cause_code,
    _delivery_id as delivery_id,
    _row_number as delivery_row_number
from {{ current_version('outcome', 'registered_death') }}
