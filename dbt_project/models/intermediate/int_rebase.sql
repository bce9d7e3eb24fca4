-- Months from which limits are calculated anew, as statistics read them.
select
    org_unit_key,
    measure_id,
    from_on
from {{ ref('stg_review__rebase') }}
