-- What the workforce feed lets a person do, on which unit and on which days. Days are kept, not decided here: who sees
-- what today is asked of `access.user_scope`, where a period ends by itself and not with the next publication.
select
    user_name,
    role,
    org_unit_key,
    valid_from_on,
    valid_to_on
from {{ ref('int_person_role') }}
where org_unit_key is not null
