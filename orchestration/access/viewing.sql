-- Who saw what: written through a function, so that time and login are the database's, and read by those it is about.

-- One answer that Superset is about to give. Without units the answer is about nobody's figures; of figures of which
-- Superset cannot tell whose they are, all units that the viewer may read are taken to be seen.
create or replace function access.record_viewing(
    viewer text, page text, chart text, dataset text, action text, is_cached boolean, basis text,
    unit_keys text[], unit_labels text[]
) returns void
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    seen text[] := '{}';
    seen_by text := basis;
begin
    if basis in ('rows', 'filter') then
        -- Figures of a unit as it stands now are about that unit, too.
        seen := array(
            select distinct k.org_unit_key
            from marts.rpt_unit as u
            cross join lateral unnest(array[u.org_unit_key, u.then_org_unit_key]) as k (org_unit_key)
            where u.org_unit_key = any(unit_keys) or u.unit_label = any(unit_labels)
            order by k.org_unit_key
        );
    end if;
    -- A name that leads to no unit tells nothing of whose rows they were.
    if basis = 'all granted' or (basis in ('rows', 'filter') and seen = '{}') then
        seen_by := 'all granted';
        seen := array(select r.org_unit_key from access.reach_of(viewer) as r order by r.org_unit_key);
    end if;
    insert into access.viewing (
        user_name, person_name, role, page, chart, dataset, action, is_cached, org_unit_keys, basis
    )
    select
        viewer,
        (select n.person_name from access.named_person as n where n.user_name = viewer),
        (select string_agg(distinct s.role, ', ' order by s.role) from access.scope_of(viewer) as s
            where s.state = 'in force'),
        page, chart, dataset, action, is_cached, seen, seen_by;
end
$$;

-- What an answer that is kept for a minute depends on beside its question: it changes at once when a scope ends, begins
-- or is taken away, with the publication that the answer was made of, and when anybody says something of figures.
create or replace function access.standing(viewer text) returns text
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return md5(concat(
        (select max(p.publication_id) from quality.publication as p where p.state = 'published'), ' ',
        (select max(a.act_id) from review.act as a), ' ',
        (select string_agg(distinct s.role, ',' order by s.role) from access.scope_of(viewer) as s
            where s.state = 'in force'), ' ',
        (select string_agg(r.org_unit_key || r.audience, ' ' order by r.org_unit_key)
            from access.reach_of(viewer) as r)
    ));
end
$$;

-- The viewings that the reader of this connection may know of: those of the own units by others, an auditor all.
-- A list of names to choose from shows no figure.
create or replace view access.viewing_shown with (security_barrier = true) as
select
    own.org_unit_key,
    viewing.viewing_id,
    viewing.viewed_at,
    viewing.user_name,
    viewing.person_name,
    viewing.role,
    viewing.page,
    viewing.action
from access.own_org_unit_key() as own (org_unit_key)
left join access.viewing as viewing
    on
        viewing.org_unit_keys @> array[own.org_unit_key]
        and viewing.viewed_at > current_timestamp - interval '92 days'
        and viewing.user_name is distinct from (select access.app_user())
        and viewing.action <> 'filter values'
where not (select access.is_auditor())
union all
select
    unit.org_unit_key,
    viewing.viewing_id,
    viewing.viewed_at,
    viewing.user_name,
    viewing.person_name,
    viewing.role,
    viewing.page,
    viewing.action
from access.viewing as viewing
left join lateral unnest(viewing.org_unit_keys) as unit (org_unit_key) on true
where
    (select access.is_auditor())
    and viewing.viewed_at > current_timestamp - interval '92 days'
    and viewing.action <> 'filter values'
union all
-- Who may see a page, and has no unit of the own, reads that there is nothing to tell: an empty table looks broken.
select
    null as org_unit_key,
    null as viewing_id,
    null as viewed_at,
    null as user_name,
    null as person_name,
    null as role,
    null as page,
    null as action
where
    not exists (select 1 from access.own_org_unit_key())
    and (
        ((select access.is_auditor()) and not exists (select 1 from access.viewing))
        or (not (select access.is_auditor()) and exists (select 1 from access.visible_org_unit_key()))
    );
comment on view access.viewing_shown is
'One row per unit looked at and answer, of 92 days, that the reader of the connection may know of; own units always.';

revoke execute on function access.record_viewing(text, text, text, text, text, boolean, text, text[], text[]) from public;
revoke execute on function access.standing(text) from public;
grant execute on function access.record_viewing(text, text, text, text, text, boolean, text, text[], text[]) to cpw_viewing;
grant execute on function access.standing(text) to cpw_viewing;
