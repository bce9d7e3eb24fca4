-- The current version of every complication of the outcome system: renamed and decoded, nothing else.
select
    complication_identifier as complication_id,
    hospital_provider_spell_number as spell_id,
    theatre_case_identifier as theatre_case_id,
    complication_date as complication_on,
    complication_icd as complication_code,
    clavien_dindo_grade,
    _delivery_id as delivery_id,
    _row_number as delivery_row_number
from {{ current_version('outcome', 'complication') }}
