-- Clinicians who can carry a record: default codes such as C9999998 stand for nobody.
select
    {{ surrogate_key('consultant_code') }} as clinician_key,
    consultant_code,
    clinician_name,
    user_name,
    grade,
    main_specialty_code
from {{ ref('stg_workforce__clinician') }}
where consultant_code not in {{ clinical_codes('default_consultant') }}
