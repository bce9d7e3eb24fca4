-- Who may see which unit today: scopes of the workforce feed, scopes by hand, and none of a person who is suspended.
-- Idempotent; owned by cpw_owner. Each function that a reader may call asks `access.app_user()` who that is.

-- Days begin where the hospital is, not where the server is.
create or replace function access.today() returns date
    language sql stable
return cast(current_timestamp at time zone 'Europe/London' as date);

-- Every scope of one person, in force or not, and why not. Strict: of nobody there is none. Before the first publication
-- with scopes there is none of anybody: no unit is known.
create or replace function access.scope_of(person text) returns table (
    scope_id bigint,
    org_unit_key text,
    role text,
    valid_from_on date,
    valid_to_on date,
    granted_by text,
    granted_at timestamptz,
    reason text,
    state text
)
    language plpgsql stable strict security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if to_regclass('marts.person_scope') is null then
        return;
    end if;
    return query
        with given as (
            select
                null::bigint as scope_id, f.org_unit_key, f.role, f.valid_from_on,
                nullif(f.valid_to_on, '9999-12-31') as valid_to_on, 'workforce feed' as granted_by,
                null::timestamptz as granted_at, null as reason, false as is_ended
            from marts.person_scope as f
            where f.user_name = person
            union all
            select
                d.decision_id, d.org_unit_key, d.role, d.valid_from_on, d.valid_to_on, d.decided_by, d.decided_at,
                d.reason, exists (select 1 from access.decision as e where e.scope_id = d.decision_id)
            from access.decision as d
            where d.user_name = person and d.kind = 'grant'
        )
        select
            g.scope_id, g.org_unit_key, g.role, g.valid_from_on, g.valid_to_on, g.granted_by, g.granted_at, g.reason,
            case
                when g.is_ended then 'ended'
                when g.valid_to_on < access.today() then 'expired'
                when (
                    select d.kind from access.decision as d
                    where d.user_name = person and d.kind in ('suspend', 'restore')
                    order by d.decision_id desc limit 1
                ) = 'suspend' then 'suspended'
                when g.valid_from_on > access.today() then 'to come'
                else 'in force'
            end
        from given as g;
end
$$;

-- The units that a person may read today, once each: all of their figures (`inside`) wherever one scope says so.
create or replace function access.reach_of(person text) returns table (org_unit_key text, audience text)
    language plpgsql stable strict security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if to_regclass('marts.scope_reach') is not null then
        return query
            select r.org_unit_key, case when bool_or(r.audience = 'inside') then 'inside' else 'outside' end
            from access.scope_of(person) as s
            inner join marts.scope_reach as r on s.role = r.role and s.org_unit_key = r.scope_org_unit_key
            where s.state = 'in force'
            group by r.org_unit_key;
    end if;
end
$$;

-- The units that the reader of this connection may read.
create or replace function access.visible_org_unit_key() returns setof text
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query select r.org_unit_key from access.reach_of(access.app_user()) as r;
end
$$;

-- Those of them of which the reader is shown all (`inside`), or what is left without small numbers (`outside`).
create or replace function access.visible_org_unit_key(shown_to text) returns setof text
    language plpgsql stable strict security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query select r.org_unit_key from access.reach_of(access.app_user()) as r where r.audience = shown_to;
end
$$;

-- The departments of which the reader was granted a unit: whose local measures that person may know of.
create or replace function access.visible_department_key() returns setof text
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select u.department_key from marts.dim_org_unit as u
        where u.department_key is not null and u.org_unit_key in (select access.visible_org_unit_key());
end
$$;

-- The reader's own units: the posts held and the departments led, not all that may be read because of them.
create or replace function access.own_org_unit_key() returns setof text
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select distinct s.org_unit_key from access.scope_of(access.app_user()) as s
        where s.state = 'in force' and s.role in ('clinician', 'clinical lead');
end
$$;

create or replace function access.is_auditor() returns boolean
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (
        select 1 from access.scope_of(access.app_user()) as s where s.state = 'in force' and s.role = 'auditor'
    );
end
$$;

-- Whether the reader is anybody at all: somebody with a scope in force.
create or replace function access.is_of_house() returns boolean
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (select 1 from access.scope_of(access.app_user()) as s where s.state = 'in force');
end
$$;

-- The level whose pages a role on a unit opens; who reads without names opens the pages of the unit's leader.
create or replace function access.level_of(role text, org_unit_key text) returns text
    language sql immutable set search_path = pg_catalog, pg_temp
return case
    when role = 'executive' or (role = 'analyst' and org_unit_key like 'trust:%') then 'executive'
    when role = 'divisional director' or (role = 'analyst' and org_unit_key like 'division:%') then 'division'
    when role in ('clinical lead', 'analyst', 'executive with a reason') then 'department'
    when role in ('auditor', 'coder') then 'auditor'
    else 'clinician'
end;

create or replace function access.feed_person() returns table (user_name text, person_name text)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if to_regclass('marts.person') is not null then
        return query select p.user_name, p.person_name from marts.person as p;
    end if;
end
$$;

create or replace view access.named_person as
select
    user_name,
    person_name
from access.feed_person()
union all
select
    user_name,
    person_name
from (
    select distinct on (decision.user_name)
        decision.user_name,
        decision.person_name
    from access.decision as decision
    where
        decision.kind = 'grant'
        and not exists (select 1 from access.feed_person() as feed where feed.user_name = decision.user_name)
    order by decision.user_name, decision.decision_id desc
) as by_hand;
comment on view access.named_person is 'One row per person of the workforce feed, or named when a scope was granted by hand.';

create or replace view access.user_scope as
select
    scope.scope_id,
    named.user_name,
    named.person_name,
    scope.org_unit_key,
    scope.role,
    scope.valid_from_on,
    scope.valid_to_on,
    scope.granted_by,
    coalesce(
        scope.granted_at, (select max(attempted_at) from quality.publication where publication.state = 'published')
    ) as granted_at,
    scope.reason,
    scope.state
from access.named_person as named
cross join lateral access.scope_of(named.user_name) as scope;
comment on view access.user_scope is
'One row per person, unit, role and period: of the workforce feed (without scope_id) or by hand, and its state today.';

create or replace view access.person as
with held as (
    select
        named.user_name,
        named.person_name,
        scope.scope_id is null as is_of_feed,
        scope.state = 'in force' as is_in_force,
        bool_or(scope.state = 'in force') over (partition by named.user_name) as has_one_in_force,
        access.level_of(scope.role, scope.org_unit_key) as level
    from access.named_person as named
    cross join lateral access.scope_of(named.user_name) as scope
    where scope.state in ('in force', 'to come')
),

ranked as (
    select
        user_name,
        person_name,
        is_of_feed,
        level,
        array_position(array['executive', 'division', 'department', 'auditor', 'clinician'], level) as level_order
    from held
    where is_in_force or not has_one_in_force
)

-- The feed opens the pages of the highest level it gives; a scope by hand opens those of its own beside them.
select
    user_name,
    person_name,
    (array_agg(level order by level_order))[1] as leadership_level,
    array_agg(distinct level)
        filter (where not is_of_feed or level_order = feed_level_order) as levels
from (
    select
        *,
        min(level_order) filter (where is_of_feed) over (partition by user_name) as feed_level_order
    from ranked
) as placed
group by user_name, person_name;
comment on view access.person is 'One row per person who may log in today, with the levels whose pages are opened.';

revoke execute on all functions in schema access from public;
grant execute on function access.app_user() to cpw_reader, cpw_analyst;
grant execute on function access.visible_org_unit_key() to cpw_reader, cpw_analyst;
grant execute on function access.visible_org_unit_key(text) to cpw_reader, cpw_analyst;
grant execute on function access.visible_department_key() to cpw_reader, cpw_analyst;
grant execute on function access.own_org_unit_key() to cpw_reader, cpw_analyst;
grant execute on function access.is_auditor() to cpw_reader, cpw_analyst;
grant execute on function access.is_of_house() to cpw_reader, cpw_analyst;
-- What the views that an auditor reads stand on.
grant execute on function access.scope_of(text) to cpw_auditor;
grant execute on function access.feed_person() to cpw_auditor;
grant execute on function access.level_of(text, text) to cpw_auditor;
