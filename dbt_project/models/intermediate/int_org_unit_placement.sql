-- Under which unit a unit stood, and when. Every day has one placement: the first reaches back and the last reaches on,
-- so that no record falls out of a roll-up because its unit's dates were typed late.
with trust as (
    select min(org_unit_key) as org_unit_key
    from {{ ref('int_organisation') }}
    where org_unit_level = 'trust'
),

declared as (
    select
        unit.org_unit_key,
        parent.org_unit_key as parent_org_unit_key,
        period.valid_from_on,
        lead(period.valid_from_on) over (
            partition by unit.org_unit_key order by period.valid_from_on
        ) as next_from_on,
        row_number() over (partition by unit.org_unit_key order by period.valid_from_on) as period_number
    from {{ ref('stg_workforce__organisation_unit') }} as period
    inner join {{ ref('int_organisation') }} as unit on period.org_unit_code = unit.org_unit_code
    left join {{ ref('int_organisation') }} as parent on period.parent_org_unit_code = parent.org_unit_code
    where unit.org_unit_level <> 'trust'
),

placement as (
    select
        org_unit_key,
        parent_org_unit_key,
        case
            when period_number = 1 then cast('{{ var("first_day") }}' as date)
            else valid_from_on
        end as valid_from_on,
        {{ add_days('next_from_on', -1) }} as valid_to_on
    from declared

    union all

    -- A post stays in its department; a clinician who moves gets another post.
    select
        org_unit_key,
        department_key as parent_org_unit_key,
        cast('{{ var("first_day") }}' as date) as valid_from_on,
        cast(null as date) as valid_to_on
    from {{ ref('int_org_unit') }}
    where org_unit_level = 'clinician'
)

-- A unit whose parent is not known stands under the trust, where it still counts.
select
    placement.org_unit_key,
    coalesce(placement.parent_org_unit_key, trust.org_unit_key) as parent_org_unit_key,
    placement.valid_from_on,
    placement.valid_to_on
from placement
cross join trust
