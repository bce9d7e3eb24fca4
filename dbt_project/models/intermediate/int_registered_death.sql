-- Registered deaths without the patient's identifiers. Of two registrations of one patient the earlier day counts.
select
    identity.patient_key,
    min(death.died_on) as died_on
from {{ ref('stg_outcome__registered_death') }} as death
left join {{ ref('int_patient_identity') }} as identity on death.local_patient_id = identity.local_patient_id
group by identity.patient_key
