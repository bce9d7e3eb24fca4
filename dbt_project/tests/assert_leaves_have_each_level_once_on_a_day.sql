-- On no day does a unit stand under two units of one level: its figures would count twice.
select
    one.org_unit_key,
    one.ancestor_org_unit_key,
    other.ancestor_org_unit_key as other_ancestor_org_unit_key
from {{ ref('bridge_org_unit') }} as one
inner join {{ ref('bridge_org_unit') }} as other
    on
        one.org_unit_key = other.org_unit_key
        and one.depth = other.depth
        and (one.ancestor_org_unit_key <> other.ancestor_org_unit_key or one.valid_from_on <> other.valid_from_on)
        and one.valid_from_on <= coalesce(other.valid_to_on, cast('{{ var("last_day") }}' as date))
        and other.valid_from_on <= coalesce(one.valid_to_on, cast('{{ var("last_day") }}' as date))
