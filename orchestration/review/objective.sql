-- Objectives agreed for a clinician or a team: measure, baseline, target, by when, owner; what became of them. Idempotent.

-- Who leads the department or a unit above it, and the owner: those between whom an objective is agreed.
create or replace function review.objective_list()
    returns table (
        objective_id bigint, org_unit_key text, unit_label text, measure_id text, measure_title text, baseline numeric,
        baseline_month_on date, target numeric, unit text, by_on date, owner_name text, description text, state text,
        last_act_id bigint, may_answer boolean, may_change boolean, value_now numeric, month_now_on date, judgement text,
        set_by_name text, acted_at timestamptz
    )
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select
            o.act_id, o.org_unit_key, u.unit_label, o.measure_id, m.title, o.baseline, o.baseline_month_on, o.target,
            m.unit, coalesce(carried.by_on, o.by_on), review.name_of(o.owner_user_name), o.description,
            case coalesce(newest.answer, 'proposed')
                when 'agree' then 'agreed' when 'carry' then 'carried' when 'withdraw' then 'withdrawn'
                else coalesce(newest.answer, 'proposed')
            end,
            coalesce(newest.act_id, o.act_id),
            newest.answer is null and o.owner_user_name = access.app_user(),
            coalesce(newest.answer, 'proposed') not in ('met', 'not met', 'withdraw')
            and coalesce(speaking.role <> 'clinician', false),
            j.value_now, j.month_now_on, j.judgement, review.name_of(a.acted_by), a.acted_at
        from review.objective as o
        inner join review.act as a on o.act_id = a.act_id
        inner join marts.rpt_unit as u on o.org_unit_key = u.org_unit_key
        inner join marts.dim_measure as m on o.measure_id = m.measure_id
        left join lateral (
            select n.act_id, n.answer from review.objective_answer as n where n.objective_id = o.act_id
            order by n.act_id desc limit 1
        ) as newest on true
        left join lateral (
            select n.by_on from review.objective_answer as n where n.objective_id = o.act_id and n.by_on is not null
            order by n.act_id desc limit 1
        ) as carried on true
        left join lateral review.speaking_of(o.org_unit_key) as speaking on true
        left join lateral review.judged(o.org_unit_key, o.measure_id, o.baseline_month_on) as j on true
        where
            (speaking.role is not null or (o.owner_user_name = access.app_user() and access.is_of_house()))
        order by coalesce(carried.by_on, o.by_on), o.act_id;
end
$$;

-- Whether a series really changed since a month, by its own limits: six months or more after it, and one that no chance
-- explains (special cause of the XmR chart on the better or the worse side, of the last six months).
create or replace function review.judged(unit_key text, measure text, since_on date)
    returns table (value_now numeric, month_now_on date, judgement text)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        with point as (
            select f.month_on, f.value_12m, s.trend_point, s.is_whole,
                row_number() over (order by f.month_on desc) as recency
            from marts.performance as f
            inner join marts.performance_statistic as s
                on
                    f.org_unit_key = s.org_unit_key and f.measure_id = s.measure_id and f.month_on = s.month_on
                    and s.audience = 'inside'
            where f.org_unit_key = unit_key and f.measure_id = measure and s.is_whole
        )

        select
            max(p.value_12m) filter (where p.recency = 1),
            max(p.month_on) filter (where p.recency = 1),
            case
                when count(*) filter (where p.month_on > coalesce(since_on, '-infinity')) < 6 then 'too early'
                when bool_or(p.trend_point = 'improvement' and p.recency <= 6 and p.month_on > coalesce(since_on, '-infinity'))
                    and not bool_or(p.trend_point = 'concern' and p.recency <= 6 and p.month_on > coalesce(since_on, '-infinity'))
                    then 'really better'
                when bool_or(p.trend_point = 'concern' and p.recency <= 6 and p.month_on > coalesce(since_on, '-infinity'))
                    and not bool_or(p.trend_point = 'improvement' and p.recency <= 6 and p.month_on > coalesce(since_on, '-infinity'))
                    then 'really worse'
                else 'no real change'
            end
        from point as p;
end
$$;

create or replace function review.propose_objective(
    p_org_unit_key text, p_measure_id text, p_target numeric, p_by_on date, p_owner_user_name text, p_description text
) returns bigint
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    said text := review.typed('description', p_description, is_needed => true);
    speaking record;
    number bigint;
    measured record;
begin
    select * into speaking from review.speaking_of(p_org_unit_key);
    if not found or speaking.role = 'clinician' then
        perform review.refuse('Objectives are proposed by who leads the unit.');
    end if;
    select m.unit into measured from marts.dim_measure as m where m.measure_id = p_measure_id;
    if not found then
        perform review.bad_input('measure_id', 'Choose a measure of the list.');
    end if;
    if p_target is null or p_target < 0 or (measured.unit = 'proportion' and p_target > 1) then
        perform review.bad_input('target', 'Give the value to be reached: a share is from 0 to 100 %, nothing is below 0.');
    end if;
    if p_by_on is null or p_by_on <= access.today() or p_by_on > access.today() + 1100 then
        perform review.bad_input('by_on', 'Give a day to come, within three years.');
    end if;
    if not exists (select from access.named_person as n where n.user_name = p_owner_user_name) then
        perform review.bad_input('owner_user_name', 'Choose who answers for it.');
    end if;
    number := review.act(speaking.on_behalf_of);
    insert into review.objective
    select
        number, p_org_unit_key, p_measure_id, f.value_12m, f.month_on, p_target, p_by_on, p_owner_user_name, said
    from (select 1) as one
    left join lateral (
        select p.value_12m, p.month_on from marts.performance as p
        inner join marts.performance_statistic as s
            on
                p.org_unit_key = s.org_unit_key and p.measure_id = s.measure_id and p.month_on = s.month_on
                and s.audience = 'inside' and s.is_whole
        where p.org_unit_key = p_org_unit_key and p.measure_id = p_measure_id
        order by p.month_on desc limit 1
    ) as f on true;
    return number;
end
$$;

create or replace function review.answer_objective(
    p_objective_id bigint, p_answer text, p_reason text, p_by_on date, p_last_act_id bigint
) returns bigint
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    said text := review.typed('reason', p_reason, is_needed => p_answer is distinct from 'agree');
    objective record;
    number bigint;
begin
    select * into objective from review.objective_list() as o where o.objective_id = p_objective_id;
    if coalesce(p_answer, '') not in ('agree', 'met', 'not met', 'carry', 'withdraw') then
        perform review.bad_input('answer', 'Choose what became of the objective.');
    end if;
    if not coalesce(case when p_answer = 'agree' then objective.may_answer else objective.may_change end, false) then
        perform review.refuse(case when p_answer = 'agree'
            then 'An objective is agreed by who owns it, once.' else 'This objective is not yours to change, or is closed.'
        end);
    end if;
    if p_answer = 'carry' and (p_by_on is null or p_by_on <= access.today()) then
        perform review.bad_input('by_on', 'Give the new day by which it is to be reached.');
    end if;
    number := review.act(null);
    select * into objective from review.objective_list() as o where o.objective_id = p_objective_id;
    if objective.last_act_id is distinct from p_last_act_id then
        perform review.too_late('Something was said of this objective since you opened it: read it first.');
    end if;
    insert into review.objective_answer
    values (number, p_objective_id, p_answer, case when p_answer = 'carry' then p_by_on end, said);
    return number;
end
$$;
