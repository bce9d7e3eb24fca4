-- The tree of units, unrolled: whose figures are summed into whose, and on which days.
select
    ancestor_org_unit_key,
    org_unit_key,
    depth,
    valid_from_on,
    valid_to_on
from {{ ref('int_org_unit_ancestor') }}
