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

-- Which consultant code stands behind which key: an appraisal pack names the doctor whom it is about, and no patient.
create or replace view identity.clinician_code as
select
    pseudonym as clinician_key,
    identifier as consultant_code
from identity.pseudonym
where purpose = 'clinician';
grant select on identity.clinician_code to cpw_pack;
