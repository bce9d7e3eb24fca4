-- What pages show of the review loop beside figures, at once and to whom it concerns. Idempotent. A report model reads a
-- view; the view stands on a function, which asks `access.app_user()` who reads, and finds marts by their name alone: the
-- schema in which they lie is another after each publication.

-- The units whose figures the reader is shown, with all of them (`inside`) or without small numbers (`outside`).
create or replace function review.shown_reach() returns table (org_unit_key text, audience text)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query select r.org_unit_key, r.audience from access.reach_of(access.app_user()) as r;
end
$$;

-- Those of them of which the reader is told what people said, and who: an analyst reads figures, and no name.
create or replace function review.told_unit() returns setof text
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select distinct r.org_unit_key
        from access.scope_of(access.app_user()) as s
        inner join marts.scope_reach as r on s.role = r.role and s.org_unit_key = r.scope_org_unit_key
        where s.state = 'in force' and s.role <> 'analyst';
end
$$;

-- Comments, causes of special causes and limits calculated anew, of the units of which the reader is told.
create or replace function review.shown_comment()
    returns table (
        act_id bigint, org_unit_key text, measure_id text, month_on date, kind text, comment text, person_name text,
        role text, acted_at timestamptz
    )
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        with said as (
            select c.act_id, c.org_unit_key, c.measure_id, c.month_on, c.kind, c.comment, c.role from review.comment as c
            union all
            select r.act_id, r.org_unit_key, r.measure_id, r.from_on, 'limits anew', r.reason, null
            from review.rebase as r
            where not exists (select from review.ending as e where e.ended_id = r.act_id)
        )
        select
            s.act_id, s.org_unit_key, s.measure_id, s.month_on, s.kind, s.comment, review.name_of(a.acted_by), s.role,
            a.acted_at
        from said as s
        inner join review.act as a on s.act_id = a.act_id
        where s.org_unit_key in (select told.org_unit_key from review.told_unit() as told (org_unit_key));
end
$$;

-- Objectives of those who agreed them: their owner, and who leads the unit.
create or replace function review.shown_objective()
    returns table (
        objective_id bigint, org_unit_key text, measure_id text, baseline numeric, baseline_month_on date, target numeric,
        by_on date, owner_name text, description text, state text, value_now numeric, month_now_on date, judgement text
    )
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select
            o.objective_id, o.org_unit_key, o.measure_id, o.baseline, o.baseline_month_on, o.target, o.by_on, o.owner_name,
            o.description, o.state, o.value_now, o.month_now_on, o.judgement
        from review.objective_list() as o;
end
$$;

-- Months of the reader's own records, with what waits there.
create or replace function review.shown_work()
    returns table (
        org_unit_key text, month_on date, deadline_on date, record_count bigint, confirmed_count bigint,
        disputed_count bigint, waiting_count bigint, is_presumed boolean
    )
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select
            w.org_unit_key, w.month_on, w.deadline_on, w.record_count, w.confirmed_count, w.disputed_count,
            w.waiting_count, w.is_presumed
        from review.work_months() as w;
end
$$;

-- The last twelve whole months of each unit that the reader is shown: the days by which clinicians, and who signs the
-- unit, were to speak, and what was signed.
create or replace function review.shown_validation()
    returns table (
        org_unit_key text, month_on date, is_last boolean, is_presumed boolean, deadline_on date, state text,
        signed_by_name text, signed_at timestamptz, comment text
    )
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        with month as materialized (
            select m.month_on, m.month_on = max(m.month_on) over () as is_last
            from marts.dim_month as m
            where m.is_complete
            order by m.month_on desc limit 12
        ),

        deadline as materialized (
            select l.unit_level, month.month_on, d.deadline_on, review.unsigned_state(d.deadline_on) as unsigned_state
            from month
            cross join unnest(array['clinician', 'department', 'division', 'trust']) as l (unit_level)
            cross join lateral (select review.deadline_on(l.unit_level, month.month_on) as deadline_on) as d
        ),

        signed as materialized (
            select distinct on (s.org_unit_key, s.month_on)
                s.org_unit_key, s.month_on, s.comment, a.acted_by, a.acted_at
            from review.sign_off as s
            inner join review.act as a on s.act_id = a.act_id
            order by s.org_unit_key, s.month_on, s.act_id desc
        )

        select
            u.org_unit_key, month.month_on, month.is_last, coalesce(own.deadline_on < access.today(), false),
            d.deadline_on,
            case when signed.acted_by is not null then 'signed' else d.unsigned_state end,
            case when told.org_unit_key is not null then review.name_of(signed.acted_by) end, signed.acted_at,
            case when told.org_unit_key is not null then signed.comment end
        from review.shown_reach() as r
        left join review.told_unit() as told (org_unit_key) on r.org_unit_key = told.org_unit_key
        inner join marts.dim_org_unit as u on r.org_unit_key = u.org_unit_key
        cross join month
        inner join deadline as d on u.org_unit_level = d.unit_level and month.month_on = d.month_on
        inner join deadline as own on own.unit_level = 'clinician' and month.month_on = own.month_on
        left join signed on u.org_unit_key = signed.org_unit_key and month.month_on = signed.month_on
        where u.now_of_org_unit_key is null and not u.is_unattributed;
end
$$;

-- Disputes about records that the reader may read, as dispute_list says them: those that wait, and those decided of late.
-- Who decides above a department does so on the review pages.
create or replace function review.shown_dispute()
    returns table (
        dispute_id bigint, record_type text, record_id text, org_unit_key text, occurred_on date, facts text,
        reason text, disputed_by_name text, disputed_at timestamptz, state text, decided_by_name text,
        decided_at timestamptz, may_decide boolean, work_item_state text
    )
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select
            d.dispute_id, d.record_type, d.record_id, d.org_unit_key, d.occurred_on, d.facts, d.reason,
            d.disputed_by_name, d.disputed_at, d.state, d.decided_by_name, d.decided_at, d.may_decide, d.work_item_state
        from review.dispute_list(null) as d
        where
            d.org_unit_key in (select p.org_unit_key from review.readable_post() as p)
            and (
                d.state = 'waiting' or d.decided_at > current_timestamp - interval '92 days'
                or d.work_item_state in ('open', 're-opened')
            );
end
$$;

-- How many disputes wait in each department that the reader is shown, those that have waited for two weeks, and since when:
-- no record and no name.
create or replace function review.shown_waiting()
    returns table (
        org_unit_key text, waiting_count bigint, overdue_count bigint, waiting_since_on date
    )
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select
            u.department_key, count(*),
            count(*) filter (where d.disputed_at < current_timestamp - interval '14 days'),
            cast(min(d.disputed_at) at time zone 'Europe/London' as date)
        from review.dispute_state as d
        inner join marts.dim_org_unit as u on d.org_unit_key = u.org_unit_key
        where d.state = 'waiting' and u.department_key in (select r.org_unit_key from review.shown_reach() as r)
        group by u.department_key;
end
$$;

create or replace view review.beginning_shown as select * from review.beginning();
comment on view review.beginning_shown is 'One row: the day of the first publication, and the first month that is no history.';

create or replace view review.reach_shown as select * from review.shown_reach();
comment on view review.reach_shown is 'One row per unit whose figures the reader of the connection is shown.';

create or replace view review.comment_shown as select * from review.shown_comment();
comment on view review.comment_shown is
'One row per comment, cause of a special cause or rebase of a series that the reader of the connection is shown.';

create or replace view review.objective_shown as select * from review.shown_objective();
comment on view review.objective_shown is 'One row per objective that the reader of the connection agreed or is to agree.';

create or replace view review.work_shown as select * from review.shown_work();
comment on view review.work_shown is 'One row per own post and month with records to validate, of 24 months.';

create or replace view review.validation_shown as select * from review.shown_validation();
comment on view review.validation_shown is
'One row per unit that the reader of the connection is shown and whole month, of 12: what is signed, and until when.';

create or replace view review.dispute_shown as select * from review.shown_dispute();
comment on view review.dispute_shown is 'One row per dispute about a record that the reader of the connection may read.';

create or replace view review.waiting_shown as select * from review.shown_waiting();
comment on view review.waiting_shown is
'One row per department that the reader of the connection is shown, and in which disputes wait: counts alone.';
