-- What auditors read of the way of the data: every attempt to publish and what it was made from and holds, every
-- delivery, every reason of quarantine.

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
alter table quality.publication
    add column if not exists known_before timestamptz,
    add column if not exists code_digest text,
    add column if not exists code_commit text,
    add column if not exists content_hash text,
    add column if not exists month_end_on date unique;
comment on column quality.publication.known_before is 'Made from the versions that were loaded before this moment.';
comment on column quality.publication.code_digest is 'Hash of the code that made it.';
comment on column quality.publication.code_commit is 'Commit of git that was checked out, where there was one.';
comment on column quality.publication.content_hash is 'Hash over the content of all its tables; a rebuild has the same.';
comment on column quality.publication.month_end_on is
'End of the month whose publication it is: the first whose data reached that day. It is kept as schema marts_YYYY_MM.';

-- No row of quality.publication is ever changed or removed, and a foreign key would have to lock one for that.
create table if not exists quality.publication_feed (
    publication_id bigint not null,
    source_name text not null,
    table_name text not null,
    delivery_id bigint,
    extracted_at timestamptz,
    held_count bigint not null,
    primary key (publication_id, source_name, table_name)
);
comment on table quality.publication_feed is
'One row per publication and feed: its newest extract that was loaded, and how many deliveries were held then.';

create table if not exists quality.publication_measure (
    publication_id bigint not null,
    measure_id text not null,
    definition_version integer not null,
    primary key (publication_id, measure_id)
);
comment on table quality.publication_measure is 'One row per publication and measure: the version of its definition.';

create table if not exists quality.publication_check (
    publication_id bigint not null,
    gate text not null,
    asked_count bigint not null,
    failed_warning_count bigint not null,
    primary key (publication_id, gate)
);
comment on table quality.publication_check is
'One row per publication and gate: rules asked, and warnings among them that failed; check_result has each by run_id.';

create table if not exists quality.publication_table (
    publication_id bigint not null,
    table_name text not null,
    row_count bigint not null,
    content_hash text,
    primary key (publication_id, table_name)
);
comment on table quality.publication_table is
'One row per publication and table: its rows, and the hash of them where they follow from deliveries and code alone.';

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

-- What was held just before a moment: received by then, and decided about later or not yet.
create or replace function quality.held_feed_at(moment timestamptz) returns table (
    source_name text,
    table_name text,
    delivery_count bigint,
    first_extracted_at timestamptz,
    held_since_at timestamptz
)
language sql stable set search_path = pg_catalog, pg_temp
as $$
    select
        source_name,
        table_name,
        count(*) as delivery_count,
        -- A file that does not say when it was extracted is given a time when it is loaded.
        min(nullif(extracted_at, loaded_at)) as first_extracted_at,
        min(received_at) as held_since_at
    from raw.delivery
    where
        received_at < moment
        and (
            state = 'held'
            or (state = 'rejected' and decided_at >= moment)
            or (state = 'loaded' and decided_at is not null and loaded_at >= moment)
        )
    group by source_name, table_name
$$;

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
