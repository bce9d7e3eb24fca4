-- Patients without their identifiers: a key, what case-mix needs, and what the check of the NHS number says.
with registration as (
    select
        identity.patient_key,
        patient.birth_on,
        patient.sex_code,
        patient.ethnic_category_code,
        patient.deprivation_decile,
        patient.nhs_number_status_code,
        {{ nhs_number_check('patient.nhs_number') }} as nhs_number_check,
        -- Of merged numbers that PAS still holds, the one that is in use speaks for the patient.
        row_number() over (
            partition by identity.patient_key
            order by
                case when patient.local_patient_id = identity.surviving_patient_id then 0 else 1 end asc,
                patient.local_patient_id asc
        ) as preference
    from {{ ref('stg_pas__patient') }} as patient
    left join {{ ref('int_patient_identity') }} as identity on patient.local_patient_id = identity.local_patient_id
)

select
    patient_key,
    birth_on,
    sex_code,
    ethnic_category_code,
    deprivation_decile,
    nhs_number_status_code,
    nhs_number_check
from registration
where preference = 1
