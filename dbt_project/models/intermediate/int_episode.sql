-- Consultant episodes without the patient's identifiers, and what their codes say together.
select
    episode.spell_id || '|' || episode.episode_number as episode_id,
    episode.spell_id,
    episode.episode_number,
    identity.patient_key,
    episode.patient_classification_code,
    episode.intended_management_code,
    episode.admission_method_code,
    episode.discharge_method_code,
    episode.admitted_on,
    episode.started_on,
    episode.ended_on,
    episode.discharged_on,
    episode.consultant_code,
    episode.main_specialty_code,
    episode.treatment_function_code,
    episode.elective_admission_list_entry_id,
    episode.diagnosis_1_code as primary_diagnosis_code,
    (
        {%- for position in range(2, 21) %}
        case when episode.diagnosis_{{ position }}_code is null then 0 else 1 end{{ ' +' if not loop.last }}
        {%- endfor %}
    ) as secondary_diagnosis_count,
    concat(
        {%- for position in range(2, 21) %}
        ' ' || episode.diagnosis_{{ position }}_code{{ ',' if not loop.last }}
        {%- endfor %}
    ) as secondary_diagnosis_codes,
    episode.procedure_1_code as primary_procedure_code,
    coalesce(
        {%- for position in range(1, 21) %}
        {{ is_cancer_code('episode.diagnosis_%s_code' % position) }}{{ ' or' if not loop.last }}
        {%- endfor %},
        false
    ) as has_cancer_code
from {{ ref('stg_pas__consultant_episode') }} as episode
left join {{ ref('int_patient_identity') }} as identity on episode.local_patient_id = identity.local_patient_id
