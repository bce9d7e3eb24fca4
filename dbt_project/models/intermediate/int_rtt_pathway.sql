-- Pathways that were incomplete at a month end, without the patient's identifiers.
select
    month_end_on || '|' || patient_pathway_id as rtt_pathway_id,
    month_end_on,
    consultant_code,
    treatment_function_code,
    clock_started_on,
    {{ days_between('clock_started_on', 'month_end_on') }} as waited_days,
    pathway_status_code
from {{ ref('stg_pas__rtt_pathway') }}
