-- What clinicians and leads say of figures: comments, causes of special causes, limits calculated anew. Idempotent.

-- The units whose comments a person reads: all of which people are told what was said, and those that are spoken for.
create or replace function review.discussed_unit() returns setof text
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select told.org_unit_key from review.told_unit() as told (org_unit_key)
        union
        select a.org_unit_key from review.acting_of(access.app_user()) as a where a.role <> 'coder';
end
$$;

create or replace function review.comment_list(p_org_unit_key text, p_measure_id text)
    returns table (
        comment_id bigint, org_unit_key text, unit_label text, measure_id text, measure_title text, month_on date,
        kind text, comment text, person_name text, role text, acted_at timestamptz, publication_id bigint
    )
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select
            c.act_id, c.org_unit_key, u.unit_label, c.measure_id, m.title, c.month_on, c.kind, c.comment,
            review.name_of(a.acted_by), c.role, a.acted_at, a.publication_id
        from review.comment as c
        inner join review.act as a on c.act_id = a.act_id
        inner join marts.rpt_unit as u on c.org_unit_key = u.org_unit_key
        inner join marts.dim_measure as m on c.measure_id = m.measure_id
        where
            c.org_unit_key in (select review.discussed_unit())
            and (p_org_unit_key is null or c.org_unit_key = p_org_unit_key)
            and (p_measure_id is null or c.measure_id = p_measure_id)
        order by c.month_on desc, c.act_id desc;
end
$$;

create or replace function review.comment_on(
    p_org_unit_key text, p_measure_id text, p_month_on date, p_kind text, p_comment text
) returns bigint
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    said text := review.typed('comment', p_comment, is_needed => true);
    speaking record;
    number bigint;
begin
    select * into speaking from review.speaking_of(p_org_unit_key);
    if not found then
        perform review.refuse('This unit is not yours to comment on.');
    end if;
    if coalesce(p_kind, '') not in ('comment', 'special cause') then
        perform review.bad_input('kind', 'Choose comment, or cause of a special cause.');
    end if;
    if p_kind = 'special cause' and speaking.role = 'clinician' then
        perform review.bad_input('kind', 'The cause of a special cause is recorded by the lead; write a comment.');
    end if;
    perform review.check_series(p_org_unit_key, p_measure_id, p_month_on);
    number := review.act(speaking.on_behalf_of);
    insert into review.comment values (number, p_org_unit_key, p_measure_id, p_month_on, p_kind, speaking.role, said);
    return number;
end
$$;

create or replace function review.rebase(
    p_org_unit_key text, p_measure_id text, p_from_on date, p_reason text
) returns bigint
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    said text := review.typed('reason', p_reason, is_needed => true);
    speaking record;
    number bigint;
begin
    select * into speaking from review.speaking_of(p_org_unit_key);
    if not found or speaking.role = 'clinician' then
        perform review.refuse('Limits are calculated anew by who leads the unit.');
    end if;
    perform review.check_series(p_org_unit_key, p_measure_id, p_from_on);
    number := review.act(speaking.on_behalf_of);
    if exists (
        select from review.rebase as r
        where r.org_unit_key = p_org_unit_key and r.measure_id = p_measure_id and r.from_on = p_from_on
            and not exists (select from review.ending as e where e.ended_id = r.act_id)
    ) then
        perform review.too_late('These limits are calculated anew from that month already.');
    end if;
    insert into review.rebase values (number, p_org_unit_key, p_measure_id, p_from_on, said);
    return number;
end
$$;

create or replace function review.rebase_list(p_org_unit_key text, p_measure_id text)
    returns table (
        rebase_id bigint, org_unit_key text, unit_label text, measure_id text, measure_title text, from_on date,
        reason text, person_name text, acted_at timestamptz, ended_at timestamptz, may_end boolean
    )
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select
            r.act_id, r.org_unit_key, u.unit_label, r.measure_id, m.title, r.from_on, r.reason,
            review.name_of(a.acted_by), a.acted_at, ended.acted_at,
            ended.acted_at is null and coalesce(speaking.role <> 'clinician', false)
        from review.rebase as r
        inner join review.act as a on r.act_id = a.act_id
        inner join marts.rpt_unit as u on r.org_unit_key = u.org_unit_key
        inner join marts.dim_measure as m on r.measure_id = m.measure_id
        left join review.ending as e on r.act_id = e.ended_id
        left join review.act as ended on e.act_id = ended.act_id
        left join lateral review.speaking_of(r.org_unit_key) as speaking on true
        where
            r.org_unit_key in (select review.discussed_unit())
            and (p_org_unit_key is null or r.org_unit_key = p_org_unit_key)
            and (p_measure_id is null or r.measure_id = p_measure_id)
        order by r.act_id desc;
end
$$;

create or replace function review.end_rebase(p_rebase_id bigint, p_reason text) returns void
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    said text := review.typed('reason', p_reason, is_needed => true);
    number bigint;
begin
    if not exists (select from review.rebase_list(null, null) as r where r.rebase_id = p_rebase_id and r.may_end) then
        perform review.refuse('This is not yours to end, or has ended.');
    end if;
    number := review.act(null);
    insert into review.ending values (number, p_rebase_id, said) on conflict (ended_id) do nothing;
end
$$;
