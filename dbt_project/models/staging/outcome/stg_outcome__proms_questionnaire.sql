-- The current version of every proms questionnaire of the outcome system: renamed and decoded, nothing else.
select
    proms_serial_number as proms_serial_id,
    questionnaire_stage,
    local_patient_identifier as local_patient_id,
    hospital_provider_spell_number as spell_id,
    procedure_group,
    completed_date as completed_on,
    oxford_score,
    eq5d_index,
    eq_vas,
    _delivery_id as delivery_id,
    _row_number as delivery_row_number
from {{ current_version('outcome', 'proms_questionnaire') }}
