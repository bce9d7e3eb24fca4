-- Entries on the elective admission list, without the patient's identifiers.
select
    elective_admission_list_entry_id,
    consultant_code,
    treatment_function_code,
    decided_to_admit_on,
    removal_reason_code,
    removed_on
from {{ ref('stg_pas__elective_admission_list') }}
