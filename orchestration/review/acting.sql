-- Who may do what, and how an act is written. Idempotent; owned by cpw_owner. Each function asks `access.app_user()` who
-- the reader of the connection is: a page hands over what was typed, never who typed it.

-- Errors that pages understand: CR001 the person may not, CR002 bad input in a field, CR003 somebody was first.
create or replace function review.refuse(message text) returns void
    language plpgsql set search_path = pg_catalog, pg_temp
as $$ begin raise exception using errcode = 'CR001', message = message; end $$;

create or replace function review.bad_input(field text, message text) returns void
    language plpgsql set search_path = pg_catalog, pg_temp
as $$ begin raise exception using errcode = 'CR002', message = message, column = field; end $$;

create or replace function review.too_late(message text) returns void
    language plpgsql set search_path = pg_catalog, pg_temp
as $$ begin raise exception using errcode = 'CR003', message = message; end $$;

-- A text that somebody typed, without blanks around it; a refusal by the field where it is empty or too long.
create or replace function review.typed(field text, said text, is_needed boolean) returns text
    language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    trimmed text := btrim(coalesce(said, ''), E' \t\r\n');
begin
    if is_needed and trimmed = '' then
        perform review.bad_input(field, 'Write a few words here: they are read by whoever decides, and are kept.');
    end if;
    if length(trimmed) > 2000 then
        perform review.bad_input(
            field, format('This has %s characters; write at most 2,000.', to_char(length(trimmed), 'FM999,999,999'))
        );
    end if;
    return trimmed;
end
$$;

create or replace function review.publication_id() returns bigint
    language sql stable security definer set search_path = pg_catalog, pg_temp
return (select max(p.publication_id) from quality.publication as p where p.state = 'published');

-- What a person may act for today: own roles of scopes in force, and those that a holder in force delegated.
create or replace function review.acting_of(person text)
    returns table (org_unit_key text, role text, on_behalf_of text)
    language plpgsql stable strict security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select distinct s.org_unit_key, s.role, null::text
        from access.scope_of(person) as s
        where
            s.state = 'in force'
            and s.role in ('clinician', 'clinical lead', 'divisional director', 'executive', 'coder')
        union
        select d.org_unit_key, d.role, a.acted_by
        from review.delegation as d
        inner join review.act as a on d.act_id = a.act_id
        where
            d.to_user_name = person
            and access.today() between d.valid_from_on and d.valid_to_on
            and not exists (select from review.ending as e where e.ended_id = d.act_id)
            -- Who is suspended acts for nobody, and nobody for one whose own role has ended.
            and exists (select from access.scope_of(person) as s where s.state = 'in force')
            and exists (
                select from access.scope_of(a.acted_by) as s
                where s.state = 'in force' and s.role = d.role and s.org_unit_key = d.org_unit_key
            );
end
$$;

-- Whether a unit is another or lies below it on the last day of data.
create or replace function review.lies_in(unit_key text, above_key text) returns boolean
    language plpgsql stable strict security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return unit_key = above_key or exists (
        select from marts.bridge_org_unit as b
        cross join marts.reporting_period as p
        where
            b.ancestor_org_unit_key = above_key and b.org_unit_key = unit_key
            and p.data_to_on between b.valid_from_on and coalesce(b.valid_to_on, 'infinity')
    );
end
$$;

-- As whom the reader may speak of a unit: its own holder, or the leader of a department around it; a director or an
-- executive speaks of the own unit and of what lies below down to departments.
create or replace function review.speaking_of(unit_key text)
    returns table (org_unit_key text, role text, on_behalf_of text)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select a.org_unit_key, a.role, a.on_behalf_of
        from review.acting_of(access.app_user()) as a
        where
            a.role <> 'coder'
            and review.lies_in(unit_key, a.org_unit_key)
            and (
                a.role not in ('divisional director', 'executive')
                or exists (
                    select from marts.dim_org_unit as u
                    where u.org_unit_key = unit_key and u.org_unit_level <> 'clinician'
                )
            )
        order by
            array_position(array['clinical lead', 'divisional director', 'executive', 'clinician'], a.role),
            a.on_behalf_of nulls first
        limit 1;
end
$$;

-- Writes that an act came to pass, and returns its number. One act at a time: they are numbered and timed in the order
-- in which they can be seen, so that a publication takes in all before its moment and none after. A page whose form is
-- about what it showed says in `review.seen_publication_id` of which publication that was: nobody confirms, signs or
-- decides on what has become something else meanwhile.
create or replace function review.act(on_behalf_of text) returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    person text := access.app_user();
    publication bigint;
    number bigint;
begin
    if person is null or not access.is_of_house() then
        perform review.refuse('You may not write here: log in as somebody with a role in the hospital.');
    end if;
    perform pg_advisory_xact_lock(6117842020);
    publication := review.publication_id();
    if nullif(current_setting('review.seen_publication_id', true), '') <> publication::text then
        perform review.too_late(
            'Figures were published since you opened this page, so nothing was changed: look at it again.'
        );
    end if;
    insert into review.act (acted_by, on_behalf_of, publication_id) values (person, on_behalf_of, publication)
    returning act_id into number;
    return number;
end
$$;

create or replace function review.name_of(person text) returns text
    language sql stable security definer set search_path = pg_catalog, pg_temp
return coalesce((select n.person_name from access.named_person as n where n.user_name = person), person);

create or replace function review.my_unit()
    returns table (org_unit_key text, unit_label text, org_unit_level text, role text, on_behalf_of text)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select u.org_unit_key, u.unit_label, u.org_unit_level, a.role, a.on_behalf_of
        from review.acting_of(access.app_user()) as a
        inner join marts.rpt_unit as u on a.org_unit_key = u.org_unit_key
        order by u.unit_order, a.role;
end
$$;

-- Units of which the reader may speak: the own, and those below which they lead, as they stand on the last day of data.
create or replace function review.spoken_unit()
    returns table (org_unit_key text, unit_label text, org_unit_level text)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select u.org_unit_key, u.unit_label, u.org_unit_level
        from marts.rpt_unit as u
        where not u.is_unattributed and u.org_unit_key in (
            select b.org_unit_key
            from review.acting_of(access.app_user()) as a
            inner join marts.bridge_org_unit as b on a.org_unit_key = b.ancestor_org_unit_key
            inner join marts.dim_org_unit as below on b.org_unit_key = below.org_unit_key
            cross join marts.reporting_period as p
            where
                a.role <> 'coder'
                and p.data_to_on between b.valid_from_on and coalesce(b.valid_to_on, 'infinity')
                -- As `speaking_of` has it: above a department nobody speaks of single clinicians.
                and (a.role not in ('divisional director', 'executive') or below.org_unit_level <> 'clinician')
        )
        order by u.unit_order;
end
$$;

-- Colleagues by name: to whom to delegate, who owns an objective.
create or replace function review.colleague() returns table (user_name text, person_name text)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if exists (select from review.acting_of(access.app_user())) then
        return query select n.user_name, n.person_name from access.named_person as n order by n.person_name;
    end if;
end
$$;

-- Clinicians by name and department: whose a record could be.
create or replace function review.clinician()
    returns table (clinician_key text, clinician_name text, department_name text)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if exists (select from review.acting_of(access.app_user())) then
        return query
            select c.clinician_key, c.clinician_name, string_agg(distinct d.org_unit_name, ', ' order by d.org_unit_name)
            from marts.dim_clinician as c
            inner join marts.dim_org_unit as u on c.clinician_key = u.clinician_key
            inner join marts.dim_org_unit as d on u.department_key = d.org_unit_key
            group by c.clinician_key, c.clinician_name
            order by c.clinician_name, c.clinician_key;
    end if;
end
$$;

create or replace function review.measure() returns table (measure_id text, measure_title text, unit text)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if exists (select from review.acting_of(access.app_user())) then
        return query select m.measure_id, m.title, m.unit from marts.dim_measure as m order by m.title;
    end if;
end
$$;

-- A measure that is there, and a month of the publication; refusals by the field.
create or replace function review.check_series(unit_key text, measure text, month_on date) returns void
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (select from marts.dim_measure as m where m.measure_id = measure) then
        perform review.bad_input('measure_id', 'Choose a measure of the list.');
    end if;
    if not exists (
        select from marts.performance as f
        where f.org_unit_key = unit_key and f.measure_id = measure and f.month_on = check_series.month_on
    ) then
        perform review.bad_input('month_on', 'There is no figure of this measure for the unit in that month: choose another.');
    end if;
end
$$;
