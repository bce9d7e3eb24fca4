-- How what people said comes back through the pipeline, as one more source: what was said before one moment. Idempotent.

-- The moment before which acts are taken into the marts that are being built: that of their versions of records. It is
-- noted on the schema in which they grow, and on the one that is served.
create or replace function review.taken_before() returns timestamptz
    language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    note text;
begin
    select obj_description(n.oid, 'pg_namespace') into note
    from pg_namespace as n where n.nspname in ('marts_next', 'marts')
    order by n.nspname = 'marts_next' desc limit 1;
    return cast(cast(note as jsonb) ->> 'known_before' as timestamptz);
exception
    -- A schema of another making has a comment of another kind, or none: then all that was said is taken.
    when invalid_text_representation then return null;
end
$$;

-- What a publication found of the corrections that sources owe, where that is another state than before: said once, in
-- the transaction that publishes.
create or replace function review.record_work_items(publication_id bigint) returns void
    language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
    -- Of marts made otherwise than by the whole pipeline nothing follows for the sources.
    if to_regclass('marts.correction') is null then
        return;
    end if;
    insert into review.work_item (publication_id, decision_id, state)
    select
        record_work_items.publication_id, c.decision_id,
        case when not c.is_open then 'closed' when w.state is null then 'open' else 're-opened' end
    from marts.correction as c
    left join lateral (
        select i.state from review.work_item as i where i.decision_id = c.decision_id
        order by i.work_item_id desc limit 1
    ) as w on true
    where c.is_open <> coalesce(w.state <> 'closed', false) or w.state is null
    order by c.decision_id;
end
$$;
