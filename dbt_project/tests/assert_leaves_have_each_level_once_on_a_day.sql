-- On no day does a unit stand under two units of one level: its figures would count twice. Units as they stand now are
-- looked at by themselves.
select
    one.org_unit_key,
    one.ancestor_org_unit_key,
    other.ancestor_org_unit_key as other_ancestor_org_unit_key
from {{ ref('bridge_org_unit') }} as one
inner join {{ ref('dim_org_unit') }} as one_ancestor on one.ancestor_org_unit_key = one_ancestor.org_unit_key
inner join {{ ref('bridge_org_unit') }} as other
    on
        one.org_unit_key = other.org_unit_key
        and one.depth = other.depth
        and (one.ancestor_org_unit_key <> other.ancestor_org_unit_key or one.valid_from_on <> other.valid_from_on)
        and one.valid_from_on <= coalesce(other.valid_to_on, cast('{{ var("last_day") }}' as date))
        and other.valid_from_on <= coalesce(one.valid_to_on, cast('{{ var("last_day") }}' as date))
inner join {{ ref('dim_org_unit') }} as other_ancestor
    on
        other.ancestor_org_unit_key = other_ancestor.org_unit_key
        and (one_ancestor.now_of_org_unit_key is null) = (other_ancestor.now_of_org_unit_key is null)
