-- What people decided about access, and who saw what: tables to which rows are only ever added. Made once.

create table access.decision (
    decision_id bigint generated always as identity primary key,
    decided_at timestamptz not null default clock_timestamp(),
    kind text not null check (kind in ('grant', 'end', 'suspend', 'restore')),
    user_name text not null check (user_name <> ''),
    person_name text,
    org_unit_key text,
    role text,
    valid_from_on date,
    valid_to_on date,
    scope_id bigint unique,
    decided_by text not null check (decided_by <> ''),
    reason text not null check (reason <> ''),
    check (
        (kind = 'grant')
        = (org_unit_key is not null and role is not null and valid_from_on is not null and person_name is not null)
    ),
    check ((kind = 'end') = (scope_id is not null)),
    check (valid_to_on >= valid_from_on),
    -- Records of patients are opened to an executive for days, not for good.
    check (role <> 'executive with a reason' or coalesce(valid_to_on - valid_from_on <= 7, false))
);
comment on table access.decision is
'One row per decision by hand: a scope granted, one ended (scope_id), a person suspended or restored. Only added to.';
create index on access.decision (user_name, decision_id);

create table access.viewing (
    viewing_id bigint generated always as identity primary key,
    viewed_at timestamptz not null default clock_timestamp(),
    recorded_by text not null default session_user,
    user_name text not null,
    person_name text,
    role text,
    page text,
    chart text,
    dataset text,
    action text not null check (
        action in ('shown', 'downloaded as CSV', 'downloaded as XLSX', 'filter values', 'samples', 'queried')
    ),
    is_cached boolean not null,
    org_unit_keys text[] not null,
    basis text not null check (basis in ('rows', 'filter', 'all granted', 'no unit'))
);
comment on table access.viewing is
'One row per answer that Superset gave: to whom, when, on which page, about which units. Only added to.';
comment on column access.viewing.basis is
'How the units are known: from the rows, from the filter, or not at all: then they are all that the person was granted.';
create index on access.viewing (viewed_at);
create index on access.viewing using gin (org_unit_keys);

do $$
declare
    place text;
begin
    foreach place in array array['access.decision', 'access.viewing'] loop
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
