-- Kept for every run: what came in at each step, and what became of it.

create table if not exists quality.reconciliation (
    run_id text not null,
    step text not null check (step in ('delivery', 'version', 'entity', 'record', 'measure', 'figure')),
    subject text not null,
    part text not null,
    is_total boolean not null,
    amount numeric not null,
    counted_at timestamptz not null default clock_timestamp(),
    primary key (run_id, step, subject, part)
);
comment on table quality.reconciliation is
'One row per run, step, subject and part: the whole (is_total) and the parts that it must be the sum of.';

create or replace view quality.reconciliation_difference as
select
    run_id,
    step,
    subject,
    sum(amount) filter (where is_total) as total,
    coalesce(sum(amount) filter (where not is_total), 0) as parts,
    sum(amount) filter (where is_total) - coalesce(sum(amount) filter (where not is_total), 0) as difference
from quality.reconciliation
group by run_id, step, subject;
comment on view quality.reconciliation_difference is
'One row per run, step and subject: the whole, the sum of its parts, and what is not accounted for.';
