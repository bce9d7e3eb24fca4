-- Patients without their identifiers: a key and what case-mix needs.
select
    {{ surrogate_key('local_patient_id') }} as patient_key,
    birth_on,
    sex_code,
    ethnic_category_code,
    deprivation_decile
from {{ ref('stg_pas__patient') }}
