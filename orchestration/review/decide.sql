-- Disputes and what became of them: decided by the lead, the coder or the director, never by who raised them. Idempotent.

-- Every dispute with its state, its decision, and whether the source has carried it yet.
create or replace view review.dispute_state as
select
    dispute.act_id as dispute_id,
    act.acted_by as disputed_by,
    act.acted_at as disputed_at,
    act.publication_id,
    dispute.record_type,
    dispute.record_id,
    dispute.org_unit_key,
    dispute.facts_hash,
    dispute.reason,
    dispute.whose_clinician_key,
    dispute.evidence,
    decision.act_id as decision_id,
    decision.decision,
    decision.to_clinician_key,
    decision.reason as decision_reason,
    decision_act.acted_by as decided_by,
    decision_act.acted_at as decided_at,
    case
        when withdrawal.act_id is not null then 'withdrawn'
        when decision.decision is null then 'waiting'
        else case decision.decision
            when 're-attribute' then 're-attributed'
            when 'exclude' then 'excluded'
            when 'reject' then 'rejected'
            when 'reverse' then 'reversed'
            else 'source to correct'
        end
    end as state,
    act.on_behalf_of as disputed_for
from review.dispute as dispute
inner join review.act as act on dispute.act_id = act.act_id
left join review.withdrawal as withdrawal on dispute.act_id = withdrawal.dispute_id
left join lateral (
    select *
    from review.decision as newest
    where newest.dispute_id = dispute.act_id
    order by newest.act_id desc
    limit 1
) as decision on true
left join review.act as decision_act on decision.act_id = decision_act.act_id;
comment on view review.dispute_state is 'One row per dispute: what was said, and what became of it.';

-- Who may decide: the lead of the department of who carries the record, its coder on what is coded, the director of the
-- division; nobody on the own dispute or the own record.
create or replace function review.deciding(unit_key text, reason text, disputed_by text)
    returns table (role text, on_behalf_of text)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select a.role, a.on_behalf_of
        from review.acting_of(access.app_user()) as a
        inner join marts.dim_org_unit as u on u.org_unit_key = unit_key
        where
            (
                (a.role = 'clinical lead' and a.org_unit_key = u.department_key)
                or (
                    a.role = 'coder' and a.org_unit_key = u.department_key
                    and deciding.reason in ('wrong code', 'wrong time', 'duplicate')
                )
                or (a.role = 'divisional director' and review.lies_in(u.department_key, a.org_unit_key))
            )
            and disputed_by is distinct from access.app_user()
            and coalesce(a.on_behalf_of, '') <> disputed_by
            -- Nor in the name of somebody whose record it is.
            and not exists (
                select from unnest(array[access.app_user(), a.on_behalf_of]) as person (user_name)
                cross join lateral review.acting_of(person.user_name) as own
                where own.role = 'clinician' and own.org_unit_key = unit_key
            )
        order by array_position(array['clinical lead', 'coder', 'divisional director'], a.role), a.on_behalf_of nulls first
        limit 1;
end
$$;

create or replace function review.dispute_list(p_state text)
    returns table (
        dispute_id bigint, record_type text, record_id text, org_unit_key text, unit_label text, department_label text,
        occurred_on date, facts text, reason text, whose text, whose_name text, evidence text, disputed_by_name text,
        disputed_at timestamptz, state text, decided_by_name text, decided_at timestamptz, decision_reason text,
        may_decide boolean, may_withdraw boolean, work_item_state text, work_item_changed_on date
    )
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select
            d.dispute_id, d.record_type, d.record_id, d.org_unit_key, u.unit_label, n.unit_label, r.occurred_on,
            coalesce(r.facts, 'The record is not in the extracts any more.'), d.reason, d.whose_clinician_key,
            c.clinician_name, d.evidence, review.name_of(d.disputed_by), d.disputed_at, d.state,
            review.name_of(d.decided_by), d.decided_at, d.decision_reason,
            coalesce(m.role is not null and d.state in ('waiting', 're-attributed', 'excluded', 'source to correct'), false),
            access.app_user() in (d.disputed_by, d.disputed_for) and d.state = 'waiting',
            case when d.state in ('re-attributed', 'excluded', 'source to correct') then coalesce(w.state, 'open') end,
            cast(w.recorded_at at time zone 'Europe/London' as date)
        from review.dispute_state as d
        inner join marts.rpt_unit as u on d.org_unit_key = u.org_unit_key
        left join marts.rpt_unit as n on u.department_key = n.org_unit_key
        left join marts.review_record as r on d.record_type = r.record_type and d.record_id = r.record_id
        left join marts.dim_clinician as c on d.whose_clinician_key = c.clinician_key
        left join lateral (
            select i.state, i.recorded_at from review.work_item as i where i.decision_id = d.decision_id
            order by i.work_item_id desc limit 1
        ) as w on true
        left join lateral review.deciding(d.org_unit_key, d.reason, d.disputed_by) as m on true
        where
            (
                m.role is not null
                or d.org_unit_key in (select p.org_unit_key from review.readable_post() as p where p.is_carrier)
                or u.department_key in (
                    select a.org_unit_key from review.acting_of(access.app_user()) as a where a.role = 'clinical lead'
                )
                -- Of what was disputed for oneself one is told what became of it, wherever the record went.
                or (coalesce(d.disputed_for, d.disputed_by) = access.app_user() and access.is_of_house())
            )
            and (p_state is null or (p_state = 'waiting') = (d.state = 'waiting'))
        order by (d.state = 'waiting') desc, d.disputed_at desc;
end
$$;

-- Asked before what else was typed is looked at, where the page has no form any more to say it in, and behind the lock.
create or replace function review.check_decidable(state text, decision text) returns void
    language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    if state = 'waiting' and decision = 'reverse' then
        perform review.too_late('This dispute is not decided yet: there is nothing to reverse.');
    end if;
    if state in ('withdrawn', 'rejected', 'reversed') or (state <> 'waiting' and decision is distinct from 'reverse') then
        perform review.too_late(format('This dispute was %s before: nothing is left to decide.', state));
    end if;
end
$$;

create or replace function review.decide(
    p_dispute_id bigint, p_decision text, p_clinician_key text, p_reason text
) returns bigint
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    said text := review.typed('reason', p_reason, is_needed => true);
    whose text := nullif(btrim(coalesce(p_clinician_key, '')), '');
    disputed record;
    deciding record;
    number bigint;
begin
    select * into disputed from review.dispute_state as d where d.dispute_id = p_dispute_id;
    select * into deciding from review.deciding(disputed.org_unit_key, disputed.reason, disputed.disputed_by);
    if not found then
        perform review.refuse('This dispute is not yours to decide.');
    end if;
    perform review.check_decidable(disputed.state, p_decision);
    if coalesce(p_decision, '') not in ('re-attribute', 'exclude', 'source to correct', 'reject', 'reverse') then
        perform review.bad_input('decision', 'Choose what is to become of the dispute.');
    end if;
    if p_decision = 're-attribute' and deciding.role = 'coder' then
        perform review.refuse('Whose a record is is decided by the clinical lead.');
    end if;
    if (p_decision = 're-attribute') and not exists (
        select from marts.dim_clinician as c where c.clinician_key = whose
    ) then
        perform review.bad_input('clinician_key', 'Choose the clinician who carries the record from now on.');
    end if;
    number := review.act(deciding.on_behalf_of);
    select * into disputed from review.dispute_state as d where d.dispute_id = p_dispute_id;
    perform review.check_decidable(disputed.state, p_decision);
    insert into review.decision
    select
        number, p_dispute_id, p_decision, disputed.record_type, disputed.record_id, u.clinician_key,
        case when p_decision = 're-attribute' then whose end, disputed.facts_hash, said
    from marts.dim_org_unit as u where u.org_unit_key = disputed.org_unit_key;
    perform review.keep_figures(number, disputed.record_type, disputed.record_id, disputed.org_unit_key, whose);
    return number;
end
$$;

-- Keeps the figures that a decision will move as they are now: all measures that the record counts in, at every level.
create or replace function review.keep_figures(
    number bigint, record_type text, record_id text, unit_key text, whose text
) returns void
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    insert into review.figure_before
    with touched_record as (
        select r.measure_id, r.month_on from marts.measure_record as r
        where r.record_type = keep_figures.record_type and r.record_id = keep_figures.record_id
        union
        -- The first operation of a spell tells who operated in it.
        select r.measure_id, r.month_on from marts.review_record as c
        inner join marts.measure_record as r on r.record_type = 'spell' and c.spell_id = r.record_id
        where c.record_type = keep_figures.record_type and c.record_id = keep_figures.record_id
    ),

    leaf as (
        select unit_key as org_unit_key
        union
        select u.org_unit_key from marts.dim_org_unit as u where u.clinician_key = whose
    ),

    unit as (
        select distinct b.ancestor_org_unit_key as org_unit_key
        from leaf
        inner join marts.bridge_org_unit as b on leaf.org_unit_key = b.org_unit_key
    )

    select
        number, f.org_unit_key, f.measure_id, f.month_on, f.value, f.numerator, f.denominator, s.expected_12m,
        s.lower_998, s.upper_998
    from (select distinct t.measure_id, t.month_on from touched_record as t) as t
    cross join unit
    inner join marts.performance as f
        on unit.org_unit_key = f.org_unit_key and t.measure_id = f.measure_id and t.month_on = f.month_on
    left join marts.performance_statistic as s
        on
            f.org_unit_key = s.org_unit_key and f.measure_id = s.measure_id and f.month_on = s.month_on
            and s.audience = 'inside';
end
$$;

-- Figures before the decision and now, of the units that the reader may read; those that moved first.
create or replace function review.effect(p_dispute_id bigint)
    returns table (
        measure_title text, unit_label text, org_unit_level text, month_on date, unit text, before_publication_id bigint,
        value_before numeric, numerator_before numeric, denominator_before numeric, expected_before double precision,
        value_now numeric, numerator_now numeric, denominator_now numeric, expected_now double precision,
        is_moved boolean
    )
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select
            m.title, u.unit_label, u.org_unit_level, b.month_on, m.unit, a.publication_id, b.value, b.numerator,
            b.denominator, b.expected_12m, f.value, f.numerator, f.denominator, s.expected_12m,
            (b.numerator, b.denominator, b.expected_12m) is distinct from (f.numerator, f.denominator, s.expected_12m)
        from review.dispute_list(null) as d
        inner join review.dispute_state as t on d.dispute_id = t.dispute_id
        inner join review.figure_before as b on t.decision_id = b.act_id
        inner join review.act as a on b.act_id = a.act_id
        inner join marts.dim_measure as m on b.measure_id = m.measure_id
        inner join marts.rpt_unit as u on b.org_unit_key = u.org_unit_key
        left join marts.performance as f
            on b.org_unit_key = f.org_unit_key and b.measure_id = f.measure_id and b.month_on = f.month_on
        left join marts.performance_statistic as s
            on
                b.org_unit_key = s.org_unit_key and b.measure_id = s.measure_id and b.month_on = s.month_on
                and s.audience = 'inside'
        where
            d.dispute_id = p_dispute_id
            -- How much was confirmed moves with every confirmation, whatever was decided.
            and b.measure_id <> 'validation_coverage'
            -- Figures of others are shown as their pages show them: whole to insiders, to others not at all here.
            and b.org_unit_key in (
                select r.org_unit_key from access.reach_of(access.app_user()) as r where r.audience = 'inside'
            )
        order by 15 desc, m.title, u.unit_order, b.month_on;
end
$$;
