-- What each role on each unit may read, whoever holds it: own posts; a department with its leaves; a division or the
-- trust as sums of what is below. Of a unit that is neither one's own nor of one's own department, small numbers are
-- not shown: audience `outside`. Auditors and coders read no figure of any unit, so they reach none.
with pair as (
    select
        scope_unit.org_unit_key as scope_org_unit_key,
        scope_unit.org_unit_level as scope_level,
        scope_unit.is_unattributed as is_scope_unattributed,
        unit.org_unit_key,
        unit.org_unit_level,
        unit.org_unit_key = scope_unit.org_unit_key as is_own
    from {{ ref('dim_org_unit') }} as scope_unit
    inner join {{ ref('bridge_org_unit') }} as bridge
        on scope_unit.org_unit_key = bridge.ancestor_org_unit_key
    inner join {{ ref('reporting_period') }} as reporting_period
        on
            reporting_period.data_to_on between bridge.valid_from_on
            and coalesce(bridge.valid_to_on, cast('{{ var("last_day") }}' as date))
    inner join {{ ref('dim_org_unit') }} as unit
        on bridge.org_unit_key = coalesce(unit.now_of_org_unit_key, unit.org_unit_key)
    where scope_unit.now_of_org_unit_key is null
),

reached as (
    select
        'clinician' as role,
        'inside' as audience,
        scope_org_unit_key,
        org_unit_key,
        org_unit_level
    from pair
    where scope_level = 'clinician' and not is_scope_unattributed

    union all

    select
        'clinical lead' as role,
        'inside' as audience,
        scope_org_unit_key,
        org_unit_key,
        org_unit_level
    from pair
    where scope_level = 'department'

    union all

    select
        'divisional director' as role,
        case when is_own then 'inside' else 'outside' end as audience,
        scope_org_unit_key,
        org_unit_key,
        org_unit_level
    from pair
    where scope_level = 'division' and org_unit_level in ('division', 'department')

    union all

    select
        'executive' as role,
        case when is_own then 'inside' else 'outside' end as audience,
        scope_org_unit_key,
        org_unit_key,
        org_unit_level
    from pair
    where scope_level = 'trust' and org_unit_level in ('trust', 'division', 'department')

    union all

    -- By hand alone, for a reason and for days (ADR 13): another role than the feed's, which reads no record.
    select
        'executive with a reason' as role,
        'inside' as audience,
        scope_org_unit_key,
        org_unit_key,
        org_unit_level
    from pair
    where scope_level in ('department', 'clinician') and not is_scope_unattributed

    union all

    -- No names: an analyst reads what the leader of the unit reads, without anybody's post.
    select
        'analyst' as role,
        case when is_own then 'inside' else 'outside' end as audience,
        scope_org_unit_key,
        org_unit_key,
        org_unit_level
    from pair
    where scope_level in ('trust', 'division', 'department') and org_unit_level in ('trust', 'division', 'department')
)

select distinct
    role,
    scope_org_unit_key,
    org_unit_key,
    org_unit_level,
    audience
from reached
