-- Who the reader of this connection is. Idempotent; owned by cpw_owner.
-- Superset hands over the user's name and a signature of it (HMAC-SHA-256); a name without its signature is nobody.

create table if not exists access.signing_key (signing_key text not null);
revoke all on access.signing_key from public;

create or replace function access.hmac_sha256(signing_key bytea, message bytea) returns bytea
    language plpgsql immutable strict security invoker set search_path = pg_catalog, pg_temp
as $$
declare
    -- RFC 2104: a key longer than the block of 64 bytes is hashed, a shorter one is padded with zeros.
    padded bytea := case when length(signing_key) > 64 then sha256(signing_key) else signing_key end;
    inner_key bytea;
    outer_key bytea;
begin
    padded := padded || decode(repeat('00', 64 - length(padded)), 'hex');
    inner_key := padded;
    outer_key := padded;
    for i in 0..63 loop
        inner_key := set_byte(inner_key, i, get_byte(padded, i) # 54);
        outer_key := set_byte(outer_key, i, get_byte(padded, i) # 92);
    end loop;
    return sha256(outer_key || sha256(inner_key || message));
end
$$;

-- The name of the person for whom this connection was opened, or null when the signature does not prove it.
create or replace function access.app_user() returns text
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    claimed text := current_setting('app.username', true);
    signature text := current_setting('app.signature', true);
    signing_key text;
begin
    if coalesce(claimed, '') = '' or coalesce(signature, '') = '' then
        return null;
    end if;
    select k.signing_key into signing_key from access.signing_key as k;
    if encode(access.hmac_sha256(convert_to(signing_key, 'UTF8'), convert_to(claimed, 'UTF8')), 'hex') = signature then
        return claimed;
    end if;
    return null;
end
$$;

revoke execute on function access.hmac_sha256(bytea, bytea) from public;
revoke execute on function access.app_user() from public;
