-- What stands of each record and month, until when people are asked, and the lists of it. Idempotent.

-- What stands of a record of this carrier with these facts: an open dispute, else the last confirmation, else nothing. The
-- owner alone calls it, in functions of the owner's rights: without settings of its own it becomes part of their queries,
-- which ask it of thousands of records.
create or replace function review.standing_of(record_type text, record_id text, unit_key text, facts_hash text)
    returns table (state text, is_changed_since boolean, act_id bigint, dispute_id bigint)
    language sql stable
begin atomic
    select
        case
            when open_dispute.act_id is not null then 'disputed'
            when confirmed.facts_hash = standing_of.facts_hash and confirmed.act_id > coalesce(disputed.act_id, 0)
                then 'confirmed'
            else 'waiting'
        end,
        open_dispute.act_id is null and coalesce(confirmed.facts_hash <> standing_of.facts_hash, false),
        greatest(confirmed.act_id, disputed.act_id, disputed.last_id),
        open_dispute.act_id
    from (select 1) as one
    left join lateral (
        select c.act_id, c.facts_hash from review.confirmation as c
        where c.record_type = standing_of.record_type and c.record_id = standing_of.record_id and c.org_unit_key = unit_key
        order by c.act_id desc limit 1
    ) as confirmed on true
    left join lateral (
        select
            d.act_id,
            d.facts_hash,
            greatest(w.act_id, e.act_id) as last_id,
            w.act_id is null and e.decision is null as is_undecided,
            w.act_id is null and coalesce(e.decision not in ('reject', 'reverse'), true) as is_open
        from review.dispute as d
        left join review.withdrawal as w on d.act_id = w.dispute_id
        left join lateral (
            select n.act_id, n.decision from review.decision as n where n.dispute_id = d.act_id
            order by n.act_id desc limit 1
        ) as e on true
        where d.record_type = standing_of.record_type and d.record_id = standing_of.record_id and d.org_unit_key = unit_key
        order by d.act_id desc limit 1
    ) as disputed on true
    -- A decided dispute has done its work once the source says something else; an undecided one waits to be decided.
    left join lateral (
        select disputed.act_id
        where disputed.is_open and (disputed.is_undecided or disputed.facts_hash = standing_of.facts_hash)
    ) as open_dispute on true;
end;

-- The first publication here, and the first month of which people are asked to speak: it had three whole ones. Those before
-- are history, of which everybody may speak and nobody is asked.
create or replace function review.beginning() returns table (published_on date, first_month_on date)
    language sql stable security definer rows 1 set search_path = pg_catalog, pg_temp
begin atomic
    select
        cast(p.attempted_at at time zone 'Europe/London' as date),
        cast(date_trunc('month', p.data_to_on + interval '1 day') - interval '3 months' as date)
    from quality.publication as p
    where p.state = 'published'
    order by p.attempted_at
    limit 1;
end;

-- The last day for somebody of a level to speak of a month: days after the publication that first had the whole of it. That
-- of history was before there was anything to speak of.
create or replace function review.deadline_on(unit_level text, month_on date) returns date
    language sql stable set search_path = pg_catalog, pg_temp
return (
    select
        case
            when deadline_on.month_on < max(b.first_month_on) then max(b.published_on) - 1
            else cast(min(p.attempted_at) at time zone 'Europe/London' as date)
                + case unit_level when 'clinician' then 14 when 'department' then 21 when 'division' then 28 else 35 end
        end
    from quality.publication as p
    cross join review.beginning() as b
    where p.state = 'published' and p.data_to_on >= month_on + interval '1 month' - interval '1 day'
);

-- Where a unit's month stands that nobody has signed, by the last day to do so.
create or replace function review.unsigned_state(deadline_on date) returns text
    language sql stable set search_path = pg_catalog, pg_temp
return case
    when deadline_on < (select b.published_on from review.beginning() as b) then 'history'
    when deadline_on < access.today() then 'presumed'
    else 'waiting'
end;

-- Records of the reader's own posts, of the posts that are delegated, and of a led or coded department. Few, which is
-- said to the planner: it would expect a thousand, and look at everybody's records instead.
create or replace function review.readable_post() returns table (org_unit_key text, is_carrier boolean)
    language plpgsql stable security definer rows 10 set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select u.org_unit_key, bool_or(a.org_unit_key = u.org_unit_key)
        from review.acting_of(access.app_user()) as a
        inner join marts.dim_org_unit as u
            on (a.role = 'clinician' and a.org_unit_key = u.org_unit_key)
            or (a.role in ('clinical lead', 'coder') and a.org_unit_key = u.department_key)
        where u.org_unit_level = 'clinician'
        group by u.org_unit_key;
end
$$;

-- Records by month, type and state. Those that wait, where no month is chosen, are of the months of which people are still
-- asked to speak: of those taken as right by now one chooses the month.
create or replace function review.work_list(
    p_org_unit_key text, p_month_on date, p_record_type text, p_state text, p_limit integer, p_offset integer
)
    returns table (
        record_type text, record_id text, org_unit_key text, unit_label text, month_on date, occurred_on date,
        facts text, attribution_text text, state text, is_changed_since boolean, total_count bigint
    )
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select
            r.record_type, r.record_id, r.org_unit_key, u.unit_label, r.month_on, r.occurred_on, r.facts,
            r.attribution_text, s.state, s.is_changed_since, count(*) over ()
        from review.readable_post() as p
        inner join marts.review_record as r on p.org_unit_key = r.org_unit_key
        inner join marts.rpt_unit as u on r.org_unit_key = u.org_unit_key
        cross join lateral review.standing_of(r.record_type, r.record_id, r.org_unit_key, r.facts_hash) as s
        where
            p.is_carrier
            and (p_org_unit_key is null or r.org_unit_key = p_org_unit_key)
            and (p_month_on is null or r.month_on = p_month_on)
            and (p_record_type is null or r.record_type = p_record_type)
            and (p_state is null or s.state = p_state)
            and (
                p_state is distinct from 'waiting' or p_month_on is not null
                or r.month_on not in (
                    select m.month_on from marts.dim_month as m
                    where review.deadline_on('clinician', m.month_on) < access.today()
                )
            )
        order by r.occurred_on desc, r.record_type, r.record_id
        limit least(coalesce(p_limit, 50), 500) offset greatest(coalesce(p_offset, 0), 0);
end
$$;

create or replace function review.work_months()
    returns table (
        org_unit_key text, unit_label text, month_on date, deadline_on date, record_count bigint,
        confirmed_count bigint, disputed_count bigint, waiting_count bigint, is_presumed boolean
    )
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        with counted as (
            select
                r.org_unit_key, r.month_on, count(*) as records,
                count(*) filter (where s.state = 'confirmed') as confirmed,
                count(*) filter (where s.state = 'disputed') as disputed,
                count(*) filter (where s.state = 'waiting') as waiting
            from review.readable_post() as p
            inner join marts.review_record as r on p.org_unit_key = r.org_unit_key
            cross join lateral review.standing_of(r.record_type, r.record_id, r.org_unit_key, r.facts_hash) as s
            where
                p.is_carrier
                and r.month_on > (select max(m.month_on) from marts.dim_month as m) - interval '24 months'
            group by r.org_unit_key, r.month_on
        )
        select
            c.org_unit_key, u.unit_label, c.month_on, d.deadline_on, c.records, c.confirmed, c.disputed, c.waiting,
            coalesce(d.deadline_on < access.today(), false)
        from counted as c
        inner join marts.rpt_unit as u on c.org_unit_key = u.org_unit_key
        cross join lateral (select review.deadline_on('clinician', c.month_on) as deadline_on) as d
        order by c.month_on desc, u.unit_label;
end
$$;

create or replace function review.record(p_record_type text, p_record_id text)
    returns table (
        record_type text, record_id text, org_unit_key text, unit_label text, month_on date, occurred_on date,
        facts text, attribution_text text, state text, is_changed_since boolean, may_act boolean, last_act_id bigint,
        dispute_id bigint
    )
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select
            r.record_type, r.record_id, r.org_unit_key, u.unit_label, r.month_on, r.occurred_on, r.facts,
            r.attribution_text, s.state, s.is_changed_since, p.is_carrier, s.act_id, s.dispute_id
        from marts.review_record as r
        inner join review.readable_post() as p on r.org_unit_key = p.org_unit_key
        inner join marts.rpt_unit as u on r.org_unit_key = u.org_unit_key
        cross join lateral review.standing_of(r.record_type, r.record_id, r.org_unit_key, r.facts_hash) as s
        where r.record_type = p_record_type and r.record_id = p_record_id;
end
$$;

-- All that people said of a record, for who may read it now and for whom it was disputed.
create or replace function review.record_history(p_record_type text, p_record_id text)
    returns table (acted_at timestamptz, person_name text, what text, reason text, publication_id bigint)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (select from review.record(p_record_type, p_record_id)) and not exists (
        select from review.dispute_state as d
        where
            d.record_type = p_record_type and d.record_id = p_record_id
            and coalesce(d.disputed_for, d.disputed_by) = access.app_user() and access.is_of_house()
    ) then
        return;
    end if;
    return query
        with said as (
            select c.act_id, 'confirmed' as what, '' as reason from review.confirmation as c
            where c.record_type = p_record_type and c.record_id = p_record_id
            union all
            select d.act_id, 'disputed: ' || d.reason, d.evidence from review.dispute as d
            where d.record_type = p_record_type and d.record_id = p_record_id
            union all
            select w.act_id, 'dispute withdrawn', w.reason from review.withdrawal as w
            inner join review.dispute as d on w.dispute_id = d.act_id
            where d.record_type = p_record_type and d.record_id = p_record_id
            union all
            select n.act_id, 'decided: ' || n.decision, n.reason from review.decision as n
            where n.record_type = p_record_type and n.record_id = p_record_id
        )
        select a.acted_at, review.name_of(a.acted_by), s.what, s.reason, a.publication_id
        from said as s inner join review.act as a on s.act_id = a.act_id
        order by a.act_id desc;
end
$$;
