-- Clinicians who can carry a record: default codes such as C9999998 stand for nobody.
select
    pseudonym.pseudonym as clinician_key,
    clinician.consultant_code,
    clinician.clinician_name,
    clinician.user_name,
    clinician.grade,
    clinician.main_specialty_code
from {{ ref('stg_workforce__clinician') }} as clinician
left join {{ source('identity', 'pseudonym') }} as pseudonym
    on clinician.consultant_code = pseudonym.identifier and pseudonym.purpose = 'clinician'
where clinician.consultant_code not in {{ clinical_codes('default_consultant') }}
