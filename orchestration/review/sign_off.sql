-- The ladder of sign-off, clinician -> lead -> division -> executive, by month; and who stands in for whom. Idempotent.

-- All figures of a unit in a month as they stand, and their hash: what is signed can be shown to be what was signed.
create or replace function review.figures_of(unit_key text, month_on date)
    returns table (figures jsonb, figures_hash text)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select
            coalesce(jsonb_object_agg(f.measure_id, jsonb_build_object(
                'numerator', f.numerator, 'denominator', f.denominator, 'value', f.value, 'n', f.record_count
            )), '{}'),
            encode(sha256(convert_to(coalesce(string_agg(
                concat_ws('|', f.measure_id, f.numerator, f.denominator, f.value, f.record_count), E'\n'
                order by f.measure_id collate "C"
            ), ''), 'UTF8')), 'hex')
        from marts.performance as f
        where f.org_unit_key = unit_key and f.month_on = figures_of.month_on
            -- How much was confirmed changes with every confirmation: it is no figure of the month's work.
            and f.measure_id <> 'validation_coverage';
end
$$;

-- Months of which people speak, the newest first: those that a publication has had the whole of, of two years.
create or replace function review.month() returns table (month_on date)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if exists (select from review.acting_of(access.app_user())) then
        return query
            select m.month_on from marts.dim_month as m
            cross join marts.reporting_period as p
            where
                m.month_on between p.first_month_on and p.last_month_on
                and review.deadline_on('clinician', m.month_on) is not null
            order by m.month_on desc limit 24;
    end if;
end
$$;

-- Which role signs a unit of a level.
create or replace function review.signing_role(unit_level text) returns text
    language sql immutable set search_path = pg_catalog, pg_temp
return case unit_level
    when 'clinician' then 'clinician'
    when 'department' then 'clinical lead'
    when 'division' then 'divisional director'
    when 'trust' then 'executive'
end;

create or replace function review.ladder(p_month_on date)
    returns table (
        org_unit_key text, unit_label text, org_unit_level text, parent_label text, month_on date, deadline_on date,
        record_count bigint, confirmed_count bigint, disputed_count bigint, presumed_count bigint, waiting_count bigint,
        state text, signed_by_name text, signed_at timestamptz, comment text, publication_id bigint,
        sign_off_id bigint, is_changed_since boolean, below_count bigint, below_signed_count bigint, may_sign boolean
    )
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        with acting as materialized (
            select a.org_unit_key, a.role from review.acting_of(access.app_user()) as a where a.role <> 'coder'
        ),

        -- The unit itself and what is next below it: a director sees departments, not single clinicians.
        shown as materialized (
            select u.org_unit_key, u.unit_label, u.org_unit_level, u.parent_org_unit_key, u.unit_order,
                bool_or(a.org_unit_key = u.org_unit_key and a.role = review.signing_role(u.org_unit_level)) as is_own
            from acting as a
            inner join marts.rpt_unit as u
                on a.org_unit_key = u.org_unit_key
                or (a.org_unit_key = u.parent_org_unit_key and a.role = review.signing_role((
                    select above.org_unit_level from marts.rpt_unit as above where above.org_unit_key = a.org_unit_key
                )))
            where not u.is_unattributed and u.org_unit_key = u.then_org_unit_key
            group by u.org_unit_key, u.unit_label, u.org_unit_level, u.parent_org_unit_key, u.unit_order
        ),

        record as materialized (
            select
                r.org_unit_key, s.state,
                coalesce(review.deadline_on('clinician', p_month_on) < access.today(), false) as is_over
            from marts.review_record as r
            cross join lateral review.standing_of(r.record_type, r.record_id, r.org_unit_key, r.facts_hash) as s
            where r.month_on = p_month_on
        ),

        placed as (
            select b.ancestor_org_unit_key, b.org_unit_key
            from marts.bridge_org_unit as b
            cross join marts.reporting_period as p
            where p.data_to_on between b.valid_from_on and coalesce(b.valid_to_on, 'infinity')
        ),

        counted as (
            select
                shown.org_unit_key, count(*) as records,
                count(*) filter (where record.state = 'confirmed') as confirmed,
                count(*) filter (where record.state = 'disputed') as disputed,
                count(*) filter (where record.state = 'waiting' and record.is_over) as presumed,
                count(*) filter (where record.state = 'waiting' and not record.is_over) as waiting
            from shown
            inner join placed on shown.org_unit_key = placed.ancestor_org_unit_key
            inner join record on placed.org_unit_key = record.org_unit_key
            group by shown.org_unit_key
        ),

        signed as (
            select distinct on (s.org_unit_key) s.*, a.acted_by, a.acted_at, a.publication_id as about_publication_id
            from review.sign_off as s
            inner join review.act as a on s.act_id = a.act_id
            where s.month_on = p_month_on
            order by s.org_unit_key, s.act_id desc
        ),

        -- Only who had records in the month is waited for.
        below as (
            select
                u.parent_org_unit_key as org_unit_key, count(*) as units, count(signed.org_unit_key) as signed
            from marts.rpt_unit as u
            left join signed on u.org_unit_key = signed.org_unit_key
            where
                not u.is_unattributed and u.org_unit_key = u.then_org_unit_key
                and u.parent_org_unit_key in (select shown.org_unit_key from shown)
                and exists (
                    select from marts.performance as f
                    where f.org_unit_key = u.org_unit_key and f.month_on = p_month_on and f.record_count > 0
                )
            group by u.parent_org_unit_key
        )

        select
            shown.org_unit_key, shown.unit_label, shown.org_unit_level, parent.unit_label, p_month_on, d.deadline_on,
            coalesce(counted.records, 0), coalesce(counted.confirmed, 0), coalesce(counted.disputed, 0),
            coalesce(counted.presumed, 0), coalesce(counted.waiting, 0),
            case when signed.act_id is not null then 'signed' else review.unsigned_state(d.deadline_on) end,
            review.name_of(signed.acted_by), signed.acted_at, signed.comment, signed.about_publication_id, signed.act_id,
            coalesce(signed.figures_hash <> now.figures_hash, false),
            coalesce(below.units, 0), coalesce(below.signed, 0), shown.is_own
        from shown
        left join marts.rpt_unit as parent on shown.parent_org_unit_key = parent.org_unit_key
        left join counted on shown.org_unit_key = counted.org_unit_key
        left join signed on shown.org_unit_key = signed.org_unit_key
        left join below on shown.org_unit_key = below.org_unit_key
        cross join lateral (select review.deadline_on(shown.org_unit_level, p_month_on) as deadline_on) as d
        left join lateral review.figures_of(shown.org_unit_key, p_month_on) as now on signed.act_id is not null
        order by shown.unit_order;
end
$$;

create or replace function review.sign_off(
    p_org_unit_key text, p_month_on date, p_comment text, p_last_sign_off_id bigint
) returns bigint
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    said text := review.typed('comment', p_comment, is_needed => false);
    acting record;
    number bigint;
begin
    select a.* into acting
    from review.acting_of(access.app_user()) as a
    inner join marts.dim_org_unit as u on a.org_unit_key = u.org_unit_key
    where a.org_unit_key = p_org_unit_key and a.role = review.signing_role(u.org_unit_level)
    order by a.on_behalf_of nulls first limit 1;
    if not found then
        perform review.refuse('This unit is not yours to sign off.');
    end if;
    if review.deadline_on('clinician', p_month_on) is null then
        perform review.bad_input('month_on', 'A month is signed off when a publication has the whole of it.');
    end if;
    number := review.act(acting.on_behalf_of);
    if p_last_sign_off_id is distinct from (
        select max(s.act_id) from review.sign_off as s
        where s.org_unit_key = p_org_unit_key and s.month_on = p_month_on
    ) then
        perform review.too_late('This month was signed off since you opened the page: read what was said.');
    end if;
    insert into review.sign_off
    select number, p_org_unit_key, p_month_on, said, f.figures, f.figures_hash
    from review.figures_of(p_org_unit_key, p_month_on) as f;
    return number;
end
$$;

create or replace function review.delegate(
    p_org_unit_key text, p_to_user_name text, p_from_on date, p_to_on date, p_reason text
) returns bigint
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    said text := review.typed('reason', p_reason, is_needed => true);
    acting record;
    number bigint;
begin
    select * into acting from review.acting_of(access.app_user()) as a
    where a.org_unit_key = p_org_unit_key and a.on_behalf_of is null order by a.role limit 1;
    if not found then
        perform review.refuse('Only who holds a role delegates it.');
    end if;
    if p_to_user_name = access.app_user() or not exists (
        select from access.named_person as n where n.user_name = p_to_user_name
    ) then
        perform review.bad_input('to_user_name', 'Choose a colleague of the list.');
    end if;
    if p_from_on is null or p_to_on is null or p_to_on < p_from_on or p_to_on < access.today() then
        perform review.bad_input('to_on', 'Give a first and a last day; the last is today or later.');
    end if;
    if p_to_on - p_from_on > 92 then
        perform review.bad_input('to_on', 'Delegate for at most 92 days; a longer absence is a scope of its own.');
    end if;
    number := review.act(null);
    insert into review.delegation values (number, p_org_unit_key, acting.role, p_to_user_name, p_from_on, p_to_on, said);
    return number;
end
$$;

create or replace function review.end_delegation(p_delegation_id bigint, p_reason text) returns void
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    said text := review.typed('reason', p_reason, is_needed => true);
    number bigint;
begin
    if not exists (
        select from review.delegation_list() as d where d.delegation_id = p_delegation_id and d.may_end
    ) then
        perform review.refuse('This delegation is not yours to end, or has ended.');
    end if;
    number := review.act(null);
    insert into review.ending values (number, p_delegation_id, said) on conflict (ended_id) do nothing;
end
$$;

create or replace function review.delegation_list()
    returns table (
        delegation_id bigint, org_unit_key text, unit_label text, role text, from_user_name text, from_name text,
        to_user_name text, to_name text, valid_from_on date, valid_to_on date, reason text, may_end boolean
    )
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select
            d.act_id, d.org_unit_key, u.unit_label, d.role, a.acted_by, review.name_of(a.acted_by), d.to_user_name,
            review.name_of(d.to_user_name), d.valid_from_on, d.valid_to_on, d.reason, true
        from review.delegation as d
        inner join review.act as a on d.act_id = a.act_id
        left join marts.rpt_unit as u on d.org_unit_key = u.org_unit_key
        where
            access.app_user() in (a.acted_by, d.to_user_name) and d.valid_to_on >= access.today()
            and not exists (select from review.ending as e where e.ended_id = d.act_id)
        order by d.valid_from_on, d.act_id;
end
$$;
