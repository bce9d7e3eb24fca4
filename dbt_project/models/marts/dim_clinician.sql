-- Clinicians by name, for pages about people.
select
    clinician_key,
    clinician_name,
    grade,
    main_specialty_code
from {{ ref('int_clinician') }}
