-- People whom the workforce feed lets log in, each once, at the highest level that they hold; who is still to come, at
-- the level to come.
with ranked as (
    select
        user_name,
        person_name,
        leadership_level,
        row_number() over (
            partition by user_name
            order by
                case when has_begun then 0 else 1 end,
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
