-- Months from which limits are calculated anew, as statistics and charts read them.
select
    org_unit_key,
    measure_id,
    from_on,
    reason
from {{ ref('stg_review__rebase') }}
