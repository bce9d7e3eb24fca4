-- The tree of units, unrolled: whose figures are summed into whose, and on which days.
select
    ancestor_org_unit_key,
    org_unit_key,
    depth,
    valid_from_on,
    valid_to_on
from {{ ref('int_org_unit_ancestor') }}

union all

-- As a unit stands now it has the same members on every day.
select
    org_unit_key as ancestor_org_unit_key,
    member_org_unit_key as org_unit_key,
    depth,
    cast('{{ var("first_day") }}' as date) as valid_from_on,
    cast(null as date) as valid_to_on
from {{ ref('int_org_unit_now') }}
