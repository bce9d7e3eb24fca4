-- What waits for each person with a scope in force: all persons at once, counts alone, nobody for whom nothing waits.
-- Whose turn it is follows the rules of the pages (`review.work_months`, `dispute_list`, `ladder`, `objective_list`).
with person as materialized (
    select distinct user_name from access.user_scope
    where state = 'in force'
),

acting as materialized (
    select
        person.user_name,
        role.org_unit_key,
        role.role,
        role.on_behalf_of,
        unit.org_unit_level
    from person
    cross join lateral review.acting_of(person.user_name) as role
    inner join marts.dim_org_unit as unit on role.org_unit_key = unit.org_unit_key
),

-- Of older months what nobody disputed is taken to be right: nobody is asked any more.
month as materialized (
    select
        dim_month.month_on,
        level.org_unit_level,
        deadline.deadline_on
    from marts.dim_month as dim_month
    cross join (values ('clinician'), ('department'), ('division'), ('trust')) as level (org_unit_level)
    cross join lateral (
        select review.deadline_on(level.org_unit_level, dim_month.month_on) as deadline_on
    ) as deadline
    where
        dim_month.month_on > (select max(newest.month_on) from marts.dim_month as newest) - interval '24 months'
        and (deadline.deadline_on is null or deadline.deadline_on >= access.today())
),

post as (
    select
        record.org_unit_key,
        count(*) as record_count,
        min(month.deadline_on) as deadline_on
    from month
    inner join marts.review_record as record on month.month_on = record.month_on
    cross join lateral review.standing_of(
        record.record_type, record.record_id, record.org_unit_key, record.facts_hash
    ) as standing
    where month.org_unit_level = 'clinician' and standing.state = 'waiting'
    group by record.org_unit_key
),

to_confirm as (
    select
        own.user_name,
        sum(post.record_count) as record_count,
        min(post.deadline_on) as deadline_on
    from (select distinct user_name, org_unit_key from acting where role = 'clinician') as own
    inner join post on own.org_unit_key = post.org_unit_key
    group by own.user_name
),

to_decide as (
    select
        acting.user_name,
        count(distinct dispute.dispute_id) as dispute_count
    from review.dispute_state as dispute
    inner join marts.dim_org_unit as unit on dispute.org_unit_key = unit.org_unit_key
    inner join acting
        on
            (acting.role = 'clinical lead' and acting.org_unit_key = unit.department_key)
            or (
                acting.role = 'coder' and acting.org_unit_key = unit.department_key
                and dispute.reason in ('wrong code', 'wrong time', 'duplicate')
            )
            or (
                acting.role = 'divisional director' and review.lies_in(unit.department_key, acting.org_unit_key)
            )
    where
        dispute.state = 'waiting'
        and dispute.disputed_by <> acting.user_name
        and dispute.disputed_by is distinct from acting.on_behalf_of
        and not exists (
            select from acting as own
            where
                own.user_name in (acting.user_name, acting.on_behalf_of) and own.role = 'clinician'
                and own.org_unit_key = dispute.org_unit_key
        )
    group by acting.user_name
),

-- Every decision falls into one week, on whichever day of it the notices are sent.
decided as (
    select
        disputed_by as user_name,
        count(*) as decided_count
    from review.dispute_state
    where
        state not in ('waiting', 'withdrawn')
        and decided_at >= cast(%(week_on)s - 7 as timestamp) at time zone 'Europe/London'
        and decided_at < cast(%(week_on)s as timestamp) at time zone 'Europe/London'
    group by disputed_by
),

to_sign as (
    select
        due.user_name,
        array_agg(due.month_on order by due.deadline_on, due.month_on) as month_on,
        array_agg(due.deadline_on order by due.deadline_on, due.month_on) as deadline_on
    from (
        select distinct acting.user_name, month.month_on, month.deadline_on
        from acting
        inner join month
            on acting.org_unit_level = month.org_unit_level and month.deadline_on is not null
        where
            acting.role = review.signing_role(acting.org_unit_level)
            and exists (
                select from marts.performance as figure
                where
                    figure.org_unit_key = acting.org_unit_key and figure.month_on = month.month_on
                    and figure.record_count > 0
            )
            and not exists (
                select from review.sign_off as signed
                where signed.org_unit_key = acting.org_unit_key and signed.month_on = month.month_on
            )
    ) as due
    group by due.user_name
),

-- Who stands in for somebody signs and decides, and does not see more figures by that.
to_look as (
    select
        own.user_name,
        count(*) as look_count
    from (
        select distinct user_name, org_unit_key from acting where role <> 'coder' and on_behalf_of is null
    ) as own
    inner join marts.rpt_measure_summary as figure on own.org_unit_key = figure.org_unit_key
    where figure.audience = 'inside' and figure.state like 'look: %%'
    group by own.user_name
),

held as (
    select told.user_name, feed.held_count
    from (
        select user_name from acting where role = 'clinical lead'
        union
        select user_name from access.user_scope where state = 'in force' and role = 'auditor'
    ) as told
    cross join (select count(*) as held_count from quality.held_feed) as feed
),

objective as (
    select
        objective.act_id as objective_id,
        objective.org_unit_key,
        objective.owner_user_name
    from review.objective as objective
    left join lateral (
        select
            (array_agg(answer.answer order by answer.act_id desc))[1] as answer,
            (array_agg(answer.by_on order by answer.act_id desc) filter (where answer.by_on is not null))[1] as by_on
        from review.objective_answer as answer
        where answer.objective_id = objective.act_id
    ) as newest on true
    where
        coalesce(newest.answer, 'proposed') not in ('met', 'not met', 'withdraw')
        and coalesce(newest.by_on, objective.by_on) < %(week_on)s + 28
),

to_reach as (
    select
        told.user_name,
        count(*) as objective_count
    from (
        select owner_user_name as user_name, objective_id from objective
        union
        select acting.user_name, objective.objective_id
        from objective
        inner join marts.dim_org_unit as unit on objective.org_unit_key = unit.org_unit_key
        inner join acting
            on
                acting.role in ('clinical lead', 'divisional director', 'executive')
                and (
                    acting.org_unit_key = unit.org_unit_key
                    or (acting.role = 'clinical lead' and acting.org_unit_key = unit.department_key)
                )
    ) as told
    group by told.user_name
)

select
    person.user_name,
    cast(coalesce(to_confirm.record_count, 0) as bigint) as record_count,
    to_confirm.deadline_on as record_deadline_on,
    coalesce(to_decide.dispute_count, 0) as dispute_count,
    coalesce(decided.decided_count, 0) as decided_count,
    coalesce(to_sign.month_on, '{}') as sign_months_on,
    coalesce(to_sign.deadline_on, '{}') as sign_deadlines_on,
    coalesce(to_look.look_count, 0) as look_count,
    coalesce(held.held_count, 0) as held_count,
    coalesce(to_reach.objective_count, 0) as objective_count
from person
left join to_confirm on person.user_name = to_confirm.user_name
left join to_decide on person.user_name = to_decide.user_name
left join decided on person.user_name = decided.user_name
left join to_sign on person.user_name = to_sign.user_name
left join to_look on person.user_name = to_look.user_name
left join held on person.user_name = held.user_name
left join to_reach on person.user_name = to_reach.user_name
where
    coalesce(to_confirm.record_count, 0) > 0
    or coalesce(to_decide.dispute_count, 0) > 0
    or coalesce(decided.decided_count, 0) > 0
    or to_sign.month_on is not null
    or coalesce(to_look.look_count, 0) > 0
    or coalesce(held.held_count, 0) > 0
    or coalesce(to_reach.objective_count, 0) > 0
order by person.user_name
