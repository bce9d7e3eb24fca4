-- Which units' rows a person may read: own posts, and what the unit that they lead needs; an auditor reads none. Of a
-- unit that is neither one's own nor of one's own department, small numbers are not shown: audience `outside`.
with granted as (
    select
        person_role.user_name,
        unit.org_unit_key,
        unit.org_unit_level,
        person_role.role as grant_reason,
        case
            when person_role.role in ('clinician', 'clinical lead') then 'inside'
            when person_role.org_unit_key = unit.org_unit_key then 'inside'
            else 'outside'
        end as audience,
        case person_role.role when 'clinician' then 2 else 1 end as preference
    from {{ ref('int_person_role') }} as person_role
    inner join {{ ref('bridge_org_unit') }} as bridge
        on person_role.org_unit_key = bridge.ancestor_org_unit_key
    inner join {{ ref('reporting_period') }} as reporting_period
        on
            reporting_period.data_to_on between bridge.valid_from_on
            and coalesce(bridge.valid_to_on, cast('{{ var("last_day") }}' as date))
    inner join {{ ref('dim_org_unit') }} as unit
        on bridge.org_unit_key = coalesce(unit.now_of_org_unit_key, unit.org_unit_key)
    inner join {{ ref('dim_org_unit') }} as led_unit on person_role.org_unit_key = led_unit.org_unit_key
    where
        person_role.role = 'clinician'
        or (person_role.role = 'clinical lead' and led_unit.org_unit_level = 'department')
        or (
            person_role.role = 'divisional director'
            and led_unit.org_unit_level = 'division'
            and unit.org_unit_level in ('division', 'department')
        )
        or (
            person_role.role = 'executive'
            and led_unit.org_unit_level = 'trust'
            and unit.org_unit_level in ('trust', 'division', 'department')
        )
),

-- Who leads the department of an own post has two reasons to read it and is granted it once, by the nearer one.
ranked as (
    select
        user_name,
        org_unit_key,
        org_unit_level,
        grant_reason,
        audience,
        row_number() over (
            partition by user_name, org_unit_key order by audience, preference, grant_reason
        ) as reason_number
    from granted
)

select
    user_name,
    org_unit_key,
    org_unit_level,
    grant_reason,
    audience
from ranked
where reason_number = 1
