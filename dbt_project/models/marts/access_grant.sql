-- What the feed alone lets each person read on the last day of data: for the gates, and for whoever asks why. Rows are
-- decided by `access.visible_org_unit_key`, from the same two tables, today's date and what was decided by hand.
with granted as (
    select
        person_scope.user_name,
        reach.org_unit_key,
        reach.org_unit_level,
        person_scope.role as grant_reason,
        reach.audience,
        case person_scope.role when 'clinician' then 2 else 1 end as preference
    from {{ ref('person_scope') }} as person_scope
    inner join {{ ref('scope_reach') }} as reach
        on person_scope.role = reach.role and person_scope.org_unit_key = reach.scope_org_unit_key
    inner join {{ ref('reporting_period') }} as reporting_period
        on reporting_period.data_to_on between person_scope.valid_from_on and person_scope.valid_to_on
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
