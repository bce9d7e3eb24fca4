-- Tables to which rows are only ever added, each row sealed to the one before it: made once, repeated without effect.

-- What a row says, as one text: keys in the order of jsonb, moments in UTC. A column without a value is not in it, so
-- that a column that is added later leaves what was sealed before it as it was.
create or replace function quality.row_hash(said jsonb) returns text
    language sql immutable strict parallel safe
return encode(sha256(convert_to(jsonb_strip_nulls(said - 'row_hash')::text, 'UTF8')), 'hex');

-- One appender at a time, until the end of its transaction: two rows with the same row before them would be a fork.
create or replace function quality.seal_row() returns trigger
    language plpgsql
    set timezone = 'UTC' set extra_float_digits = 1 set bytea_output = 'hex' set intervalstyle = 'iso_8601'
as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('quality.' || tg_table_name, 6117842006));
    execute format('select chain_number, row_hash from quality.%I order by chain_number desc limit 1', tg_table_name)
    into new.chain_number, new.previous_hash;
    new.chain_number := coalesce(new.chain_number, 0) + 1;
    new.previous_hash := coalesce(new.previous_hash, repeat('0', 64));
    new.row_hash := quality.row_hash(to_jsonb(new));
    return new;
end
$$;

create or replace function quality.refuse_change() returns trigger
    language plpgsql
as $$
begin
    raise exception '%.% is only ever added to: no row of it is changed or removed.', tg_table_schema, tg_table_name
        using errcode = 'insufficient_privilege';
end
$$;

-- Make a chain of a table of this schema; rows that are there already are sealed in the order of `order_column`.
create or replace procedure quality.make_chain(table_name text, order_column text)
    language plpgsql
    set timezone = 'UTC' set extra_float_digits = 1 set bytea_output = 'hex' set intervalstyle = 'iso_8601'
as $$
declare
    place regclass := format('quality.%I', table_name);
begin
    if exists (select 1 from pg_trigger where tgrelid = place and tgname = 'seal_row') then
        return;
    end if;
    execute format(
        'alter table %s add column chain_number bigint, add column previous_hash text, add column row_hash text', place
    );
    execute format('create trigger seal_row before insert on %s for each row execute function quality.seal_row()', place);
    -- Taken out and put in again, the rows are sealed as new ones are.
    execute format('create temporary table unsealed on commit drop as select * from %s', place);
    execute format('delete from %s', place);
    execute format('insert into %s overriding system value select * from unsealed order by %I', place, order_column);
    drop table unsealed;
    execute format(
        'alter table %s alter chain_number set not null, alter previous_hash set not null, alter row_hash set not null,'
        ' add unique (chain_number), add unique (previous_hash), add unique (row_hash)', place
    );
    execute format(
        'create trigger refuse_change before update or delete on %s'
        ' for each row execute function quality.refuse_change()', place
    );
    execute format(
        'create trigger refuse_truncate before truncate on %s'
        ' for each statement execute function quality.refuse_change()', place
    );
    execute format('revoke update, delete, truncate on %s from public, %I', place, current_user);
    execute format($text$comment on column %s.chain_number is 'Place in the chain of rows, without a gap.'$text$, place);
    execute format($text$comment on column %s.previous_hash is 'row_hash of the row before it.'$text$, place);
    execute format($text$comment on column %s.row_hash is
        'SHA-256 of all that the row says, previous_hash included: a change of any row breaks the chain.'$text$, place);
end
$$;
