-- What the check of NHS numbers found: patients by the result and by what PAS says of tracing.
select
    nhs_number_check,
    nhs_number_status_code,
    count(*) as patient_count
from {{ ref('int_patient') }}
group by nhs_number_check, nhs_number_status_code
