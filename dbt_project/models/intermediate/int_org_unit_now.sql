-- Units whose members changed, each as it stands now: the same members on every day of history.
{%- set first_day = "cast('" ~ var('first_day') ~ "' as date)" %}
{%- set last_day = "cast('" ~ var('last_day') ~ "' as date)" %}
with membership as (
    select
        ancestor_org_unit_key,
        org_unit_key,
        sum({{ days_between('valid_from_on', 'coalesce(valid_to_on, ' ~ last_day ~ ')') }} + 1) as day_count
    from {{ ref('int_org_unit_ancestor') }}
    group by ancestor_org_unit_key, org_unit_key
),

-- Units with a member that was not theirs on each day.
changed as (
    select distinct ancestor_org_unit_key
    from membership
    where day_count <= {{ days_between(first_day, last_day) }}
)

select
    unit.org_unit_level || '_now:' || unit.org_unit_code as org_unit_key,
    unit.org_unit_key as now_of_org_unit_key,
    member.org_unit_key as member_org_unit_key,
    member.depth
from changed
inner join {{ ref('int_org_unit') }} as unit on changed.ancestor_org_unit_key = unit.org_unit_key
inner join {{ ref('int_org_unit_ancestor') }} as member
    on changed.ancestor_org_unit_key = member.ancestor_org_unit_key
inner join {{ ref('int_reporting_period') }} as reporting_period
    on reporting_period.data_to_on between member.valid_from_on and coalesce(member.valid_to_on, {{ last_day }})
where member.depth > 0
