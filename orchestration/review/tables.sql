-- What people said of figures: tables to which rows are only ever added, each with who, when, why and about which
-- publication. Made once. Nobody has a right on them: all is written and read through the functions of this room. No row is
-- ever changed or removed, and a foreign key would have to lock one for that.

create table review.act (
    act_id bigint generated always as identity primary key,
    acted_at timestamptz not null default clock_timestamp(),
    acted_by text not null check (acted_by <> ''),
    on_behalf_of text,
    publication_id bigint not null
);
comment on table review.act is
'One row per act of anybody, in the order in which they came to pass; the tables beside it say what each was.';

create table review.confirmation (
    act_id bigint not null,
    record_type text not null,
    record_id text not null,
    org_unit_key text not null,
    facts_hash text not null,
    primary key (record_type, record_id, act_id)
);
comment on table review.confirmation is
'One row per record that its carrier confirmed, and act: it holds while carrier and facts are the same. Only added to.';
create index on review.confirmation (act_id);

create table review.dispute (
    act_id bigint primary key,
    record_type text not null,
    record_id text not null,
    org_unit_key text not null,
    facts_hash text not null,
    reason text not null check (reason in ('not mine', 'wrong role', 'wrong code', 'wrong time', 'duplicate', 'other')),
    whose_clinician_key text,
    evidence text not null
);
comment on table review.dispute is
'One row per record disputed by who carries it: why, whose it is instead, what shows it. Only added to.';
create index on review.dispute (record_type, record_id, act_id);

create table review.withdrawal (
    act_id bigint primary key,
    dispute_id bigint not null unique,
    reason text not null check (reason <> '')
);
comment on table review.withdrawal is 'One row per dispute that was taken back before it was decided. Only added to.';

create table review.decision (
    act_id bigint primary key,
    dispute_id bigint not null,
    decision text not null check (
        decision in ('re-attribute', 'exclude', 'source to correct', 'reject', 'reverse')
    ),
    record_type text not null,
    record_id text not null,
    from_clinician_key text,
    to_clinician_key text,
    facts_hash text not null,
    reason text not null check (reason <> ''),
    check ((decision = 're-attribute') = (to_clinician_key is not null))
);
comment on table review.decision is
'One row per decision about a dispute; one that was decided wrongly is reversed by another. Only added to.';
-- Two who decide at once: the second finds the place taken.
create unique index on review.decision (dispute_id, (decision = 'reverse'));

create table review.figure_before (
    act_id bigint not null,
    org_unit_key text not null,
    measure_id text not null,
    month_on date not null,
    value numeric,
    numerator numeric,
    denominator numeric,
    expected_12m double precision,
    lower_998 double precision,
    upper_998 double precision,
    primary key (act_id, org_unit_key, measure_id, month_on)
);
comment on table review.figure_before is
'One row per figure that a decision touches, as it was when it was taken: unit, measure and month. Only added to.';

create table review.sign_off (
    act_id bigint primary key,
    org_unit_key text not null,
    month_on date not null,
    comment text not null,
    figures jsonb not null,
    figures_hash text not null
);
comment on table review.sign_off is
'One row per unit and month signed off: the comment, and the figures of all measures that were signed. Only added to.';
create index on review.sign_off (month_on, org_unit_key, act_id);

create table review.delegation (
    act_id bigint primary key,
    org_unit_key text not null,
    role text not null,
    to_user_name text not null,
    valid_from_on date not null,
    valid_to_on date not null check (valid_to_on >= valid_from_on),
    reason text not null check (reason <> '')
);
comment on table review.delegation is 'One row per role on a unit that its holder gave to another for days. Only added to.';

create table review.comment (
    act_id bigint primary key,
    org_unit_key text not null,
    measure_id text not null,
    month_on date not null,
    kind text not null check (kind in ('comment', 'special cause')),
    role text not null,
    comment text not null check (comment <> '')
);
comment on table review.comment is 'One row per comment on a measure of a unit in a month, or cause of a special cause. Only added to.';
create index on review.comment (org_unit_key, measure_id);

create table review.rebase (
    act_id bigint primary key,
    org_unit_key text not null,
    measure_id text not null,
    from_on date not null,
    reason text not null check (reason <> '')
);
comment on table review.rebase is
'One row per series whose limits are calculated anew from a month, since something really changed then. Only added to.';

create table review.objective (
    act_id bigint primary key,
    org_unit_key text not null,
    measure_id text not null,
    baseline numeric,
    baseline_month_on date,
    target numeric not null,
    by_on date not null,
    owner_user_name text not null,
    description text not null check (description <> '')
);
comment on table review.objective is 'One row per objective proposed: measure, baseline, target, by when, owner. Only added to.';

create table review.objective_answer (
    act_id bigint primary key,
    objective_id bigint not null,
    answer text not null check (answer in ('agree', 'met', 'not met', 'carry', 'withdraw')),
    by_on date,
    reason text not null,
    check ((answer = 'carry') = (by_on is not null))
);
comment on table review.objective_answer is 'One row per answer to an objective: agreed, met, not met, carried on, withdrawn. Only added to.';
create index on review.objective_answer (objective_id, act_id);

create table review.ending (
    act_id bigint primary key,
    ended_id bigint not null unique,
    reason text not null check (reason <> '')
);
comment on table review.ending is 'One row per delegation or rebase that was ended by hand (ended_id). Only added to.';

create table review.work_item (
    work_item_id bigint generated always as identity primary key,
    recorded_at timestamptz not null default clock_timestamp(),
    publication_id bigint not null,
    decision_id bigint not null,
    state text not null check (state in ('open', 'closed', 're-opened'))
);
comment on table review.work_item is
'One row per change of what a source is to correct: open, closed by an extract, re-opened by another. Only added to.';
create index on review.work_item (decision_id, work_item_id);

do $$
declare
    place text;
begin
    for place in
        select format('review.%I', c.relname) from pg_class as c
        where c.relnamespace = 'review'::regnamespace and c.relkind = 'r'
    loop
        execute format(
            'create trigger refuse_change before update or delete on %s'
            ' for each row execute function quality.refuse_change()', place
        );
        execute format(
            'create trigger refuse_truncate before truncate on %s'
            ' for each statement execute function quality.refuse_change()', place
        );
        execute format('revoke update, delete, truncate on %s from public, %I', place, current_user);
    end loop;
end
$$;
