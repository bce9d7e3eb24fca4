-- Consultant episodes without the patient's identifiers, and what their codes say together.
select
    spell_id,
    episode_number,
    {{ surrogate_key('local_patient_id') }} as patient_key,
    patient_classification_code,
    intended_management_code,
    admission_method_code,
    discharge_method_code,
    admitted_on,
    started_on,
    ended_on,
    discharged_on,
    consultant_code,
    main_specialty_code,
    treatment_function_code,
    diagnosis_1_code as primary_diagnosis_code,
    procedure_1_code as primary_procedure_code,
    coalesce(
        {%- for position in range(1, 21) %}
        {{ is_cancer_code('diagnosis_%s_code' % position) }}{{ ' or' if not loop.last }}
        {%- endfor %},
        false
    ) as has_cancer_code
from {{ ref('stg_pas__consultant_episode') }}
