-- The current version of every patient of PAS: renamed and decoded, nothing else.
select
    local_patient_identifier as local_patient_id,
    nhs_number,
    nhs_number_status_indicator_code as nhs_number_status_code,
    person_birth_date as birth_on,
    person_stated_gender_code as sex_code,
    ethnic_category as ethnic_category_code,
    postcode_of_usual_address as postcode,
    index_of_multiple_deprivation_decile as deprivation_decile,
    _delivery_id as delivery_id,
    _row_number as delivery_row_number
from {{ current_version('pas', 'patient') }}
