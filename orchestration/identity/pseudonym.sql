-- Which pseudonym stands for which identifier: for the owner alone. Idempotent; owned by cpw_owner.

create table if not exists identity.pseudonym (
    purpose text not null,
    identifier text not null,
    pseudonym text not null unique,
    primary key (purpose, identifier)
);

-- One row: by which a key is known again. The key itself is nowhere in the database, and cannot be had from this.
create table if not exists identity.pseudonym_key (
    is_only boolean primary key default true check (is_only),
    key_check text not null
);
