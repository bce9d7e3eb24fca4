-- The current version of every consultant episode of PAS: renamed and decoded, nothing else.
select
    hospital_provider_spell_number as spell_id,
    episode_number,
    local_patient_identifier as local_patient_id,
    organisation_identifier_code_of_provider as provider_code,
    site_code_of_treatment as site_code,
    administrative_category_code,
    patient_classification_code,
    intended_management_code,
    admission_method_code,
    source_of_admission_code,
    start_date_hospital_provider_spell as admitted_on,
    start_date_episode as started_on,
    end_date_episode as ended_on,
    discharge_date_hospital_provider_spell as discharged_on,
    discharge_method_code,
    discharge_destination_code,
    consultant_code,
    care_professional_main_specialty_code as main_specialty_code,
    activity_treatment_function_code as treatment_function_code,
    elective_admission_list_entry_number as elective_admission_list_entry_id,
    primary_diagnosis_icd as diagnosis_1_code,
    {%- for position in range(1, 20) %}
    secondary_diagnosis_icd_{{ position }} as diagnosis_{{ position + 1 }}_code,
    {%- endfor %}
    primary_procedure_opcs as procedure_1_code,
    {%- for position in range(1, 24) %}
    secondary_procedure_opcs_{{ position }} as procedure_{{ position + 1 }}_code,
    {%- endfor %}
    primary_procedure_date as primary_procedure_on,
    _delivery_id as delivery_id,
    _row_number as delivery_row_number
from {{ current_version('pas', 'consultant_episode') }}
