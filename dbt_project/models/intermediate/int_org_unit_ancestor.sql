-- Every unit with each unit above it, itself included, and the days on which that held.
{%- set levels_above_a_leaf = 3 %}
with depth_0 as (
    select
        org_unit_key as ancestor_org_unit_key,
        org_unit_key,
        0 as depth,
        cast('{{ var("first_day") }}' as date) as valid_from_on,
        cast(null as date) as valid_to_on
    from {{ ref('int_org_unit') }}
),
{%- for depth in range(1, levels_above_a_leaf + 1) %}

depth_{{ depth }} as (
    select
        placement.parent_org_unit_key as ancestor_org_unit_key,
        below.org_unit_key,
        {{ depth }} as depth,
        greatest(below.valid_from_on, placement.valid_from_on) as valid_from_on,
        least(below.valid_to_on, placement.valid_to_on) as valid_to_on
    from depth_{{ depth - 1 }} as below
    inner join {{ ref('int_org_unit_placement') }} as placement
        on
            below.ancestor_org_unit_key = placement.org_unit_key
            and below.valid_from_on <= coalesce(placement.valid_to_on, cast('{{ var("last_day") }}' as date))
            and placement.valid_from_on <= coalesce(below.valid_to_on, cast('{{ var("last_day") }}' as date))
){{ ',' if not loop.last }}
{%- endfor %}

{% for depth in range(levels_above_a_leaf + 1) -%}
select
    ancestor_org_unit_key,
    org_unit_key,
    depth,
    valid_from_on,
    valid_to_on
from depth_{{ depth }}
{%- if not loop.last %}
union all
{% endif %}
{%- endfor %}
