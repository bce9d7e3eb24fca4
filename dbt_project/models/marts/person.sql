-- People who may log in, each once, at the highest level that they hold.
with ranked as (
    select
        user_name,
        person_name,
        leadership_level,
        row_number() over (
            partition by user_name
            order by
                case leadership_level
                    when 'executive' then 1
                    when 'division' then 2
                    when 'department' then 3
                    when 'auditor' then 4
                    else 5
                end,
                person_name,
                org_unit_key
        ) as preference
    from {{ ref('int_person_role') }}
)

select
    user_name,
    person_name,
    leadership_level
from ranked
where preference = 1
