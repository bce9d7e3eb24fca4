-- Operations under surveillance for infection of the surgical site, and what was found.
select
    theatre_case_id,
    surveillance_category,
    infection_type_code in {{ clinical_codes('surgical_site_infection') }} as is_infected,
    infection_onset_on,
    surveillance_ended_on
from {{ ref('stg_outcome__surgical_site_infection') }}
