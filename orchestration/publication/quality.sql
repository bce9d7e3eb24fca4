-- What auditors read of the way of the data: every attempt to publish, every delivery, every reason of quarantine.

create table if not exists quality.publication (
    publication_id bigint generated always as identity primary key,
    attempted_at timestamptz not null default clock_timestamp(),
    state text not null check (state in ('published', 'refused')),
    reason text,
    data_to_on date,
    fingerprint text not null,
    run_id text not null,
    check ((state = 'refused') = (reason is not null))
);
comment on table quality.publication is 'One row per attempt to publish: published, or refused with the reason.';
comment on column quality.publication.fingerprint is
'Hash of the deliveries loaded and of the code that turned them into marts.';

create or replace view quality.delivery_ledger as
select
    delivery_id,
    source_name,
    table_name,
    file_name,
    extracted_at,
    received_at,
    state,
    reason,
    received_count,
    loaded_count,
    unchanged_count,
    quarantined_count,
    held_count,
    deleted_count,
    delivery_kind,
    period_start,
    period_end,
    loaded_at,
    decided_by,
    decided_at,
    decision_reason
from raw.delivery;
comment on view quality.delivery_ledger is
'One row per delivery: received = loaded + unchanged + quarantined + held. deleted_count is of no row received.';

-- Read by pages: what is held is told as soon as it is, and no longer than it is.
create or replace view quality.held_feed as
select
    source_name,
    table_name,
    count(*) as delivery_count,
    min(extracted_at) as first_extracted_at,
    min(received_at) as held_since_at,
    sum(held_count)::bigint as held_count,
    string_agg(reason, ' ' order by received_at, delivery_id) as reason
from raw.delivery
where state = 'held'
group by source_name, table_name;
comment on view quality.held_feed is 'One row per feed of which deliveries are held: how many, since when, why.';

-- A reason names the column and quotes the value found: the value could identify a patient, so it is left out.
create or replace view quality.quarantine_reason as
with named as (
    select
        delivery_id,
        row_number,
        regexp_replace(reason, 'is ".*?", expected', 'is not', 'g') as reason
    from raw.quarantine
)

select
    delivery.delivery_id,
    delivery.source_name,
    delivery.table_name,
    delivery.file_name,
    named.reason,
    count(*) as row_count,
    min(named.row_number) as first_row_number
from named
inner join raw.delivery as delivery on named.delivery_id = delivery.delivery_id
group by delivery.delivery_id, delivery.source_name, delivery.table_name, delivery.file_name, named.reason;
comment on view quality.quarantine_reason is
'One row per delivery and kind of reason for which rows went to quarantine, with no value of a row in it.';
