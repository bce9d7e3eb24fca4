-- Acts on records behind the next publication, by who carries them: confirm, dispute, withdraw. Idempotent.

-- The record as who carries it may act on it, or a refusal in the same words for one that is not there.
create or replace function review.own_record(p_record_type text, p_record_id text)
    returns table (org_unit_key text, facts_hash text, on_behalf_of text, state text, act_id bigint, dispute_id bigint)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select r.org_unit_key, r.facts_hash, a.on_behalf_of, s.state, s.act_id, s.dispute_id
        from marts.review_record as r
        inner join review.acting_of(access.app_user()) as a on r.org_unit_key = a.org_unit_key and a.role = 'clinician'
        cross join lateral review.standing_of(r.record_type, r.record_id, r.org_unit_key, r.facts_hash) as s
        where r.record_type = p_record_type and r.record_id = p_record_id
        order by a.on_behalf_of nulls first limit 1;
    if not found then
        perform review.refuse('This record is not yours to confirm or dispute.');
    end if;
end
$$;

create or replace function review.confirm(p_record_type text, p_record_id text) returns bigint
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    own record;
    number bigint;
begin
    select * into own from review.own_record(p_record_type, p_record_id);
    number := review.act(own.on_behalf_of);
    -- Asked again behind the lock: what another said meanwhile is seen.
    select * into own from review.own_record(p_record_type, p_record_id);
    if own.state = 'disputed' then
        perform review.too_late('This record is disputed: withdraw the dispute, or wait until it is decided.');
    end if;
    insert into review.confirmation values (number, p_record_type, p_record_id, own.org_unit_key, own.facts_hash);
    return number;
end
$$;

-- Confirms all records that wait in a month, of one type or all; the count is what the page named.
create or replace function review.confirm_all(
    p_org_unit_key text, p_month_on date, p_record_type text, p_expected_count bigint
) returns bigint
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    acting record;
    number bigint;
    confirmed bigint;
begin
    select * into acting
    from review.acting_of(access.app_user()) as a
    where a.org_unit_key = p_org_unit_key and a.role = 'clinician'
    order by a.on_behalf_of nulls first limit 1;
    if not found then
        perform review.refuse('These records are not yours to confirm.');
    end if;
    number := review.act(acting.on_behalf_of);
    insert into review.confirmation (act_id, record_type, record_id, org_unit_key, facts_hash)
    select number, r.record_type, r.record_id, r.org_unit_key, r.facts_hash
    from marts.review_record as r
    cross join lateral review.standing_of(r.record_type, r.record_id, r.org_unit_key, r.facts_hash) as s
    where
        r.org_unit_key = p_org_unit_key and r.month_on = p_month_on
        and (p_record_type is null or r.record_type = p_record_type) and s.state = 'waiting';
    get diagnostics confirmed = row_count;
    if confirmed <> p_expected_count then
        perform review.too_late(format(
            'The list has changed: %s records wait now, and %s were named. Nothing was confirmed; look at it again.',
            confirmed, p_expected_count
        ));
    end if;
    return confirmed;
end
$$;

-- Asked before what was typed is looked at, where the page has no form any more to say it in, and again behind the lock.
create or replace function review.check_disputable(state text, act_id bigint, seen_act_id bigint) returns void
    language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    if act_id is distinct from seen_act_id then
        perform review.too_late('Something was said of this record since you opened it: read it, then decide again.');
    end if;
    if state = 'disputed' then
        perform review.too_late('This record is disputed: withdraw the dispute, or wait until it is decided.');
    end if;
end
$$;

create or replace function review.dispute(
    p_record_type text, p_record_id text, p_reason text, p_whose text, p_evidence text, p_last_act_id bigint
) returns bigint
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    own record;
    number bigint;
    said text := review.typed('evidence', p_evidence, is_needed => true);
    whose text := nullif(btrim(coalesce(p_whose, '')), '');
begin
    select * into own from review.own_record(p_record_type, p_record_id);
    perform review.check_disputable(own.state, own.act_id, p_last_act_id);
    if coalesce(p_reason, '') not in ('not mine', 'wrong role', 'wrong code', 'wrong time', 'duplicate', 'other') then
        perform review.bad_input('reason', 'Choose what is wrong with the record.');
    end if;
    if whose is not null and p_reason not in ('not mine', 'wrong role') then
        perform review.bad_input('whose', 'Name somebody only where the record is not yours.');
    end if;
    if whose is not null and not exists (select from marts.dim_clinician as c where c.clinician_key = whose) then
        perform review.bad_input('whose', 'Choose a clinician of the list, or leave it blank where you do not know.');
    end if;
    number := review.act(own.on_behalf_of);
    select * into own from review.own_record(p_record_type, p_record_id);
    perform review.check_disputable(own.state, own.act_id, p_last_act_id);
    insert into review.dispute
    values (number, p_record_type, p_record_id, own.org_unit_key, own.facts_hash, p_reason, whose, said);
    return number;
end
$$;

create or replace function review.withdraw(p_dispute_id bigint, p_reason text) returns void
    language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    said text := review.typed('reason', p_reason, is_needed => true);
    disputed record;
    number bigint;
begin
    select a.acted_by, a.on_behalf_of into disputed
    from review.dispute as d inner join review.act as a on d.act_id = a.act_id where d.act_id = p_dispute_id;
    if not coalesce(access.app_user() in (disputed.acted_by, coalesce(disputed.on_behalf_of, disputed.acted_by)), false) then
        perform review.refuse('Only who disputed a record, or for whom it was disputed, withdraws the dispute.');
    end if;
    number := review.act(null);
    if exists (select from review.decision as n where n.dispute_id = p_dispute_id) or exists (
        select from review.withdrawal as w where w.dispute_id = p_dispute_id
    ) then
        perform review.too_late('This dispute was decided or withdrawn before.');
    end if;
    insert into review.withdrawal values (number, p_dispute_id, said);
end
$$;
