-- What a person who may log in is from which day to which: holder of a post, leader of a unit, auditor. What had ended
-- on the last day of data is left out.
with leadership as (
    select
        leadership.user_name,
        leadership.person_name,
        leadership.leadership_role as role,
        case leadership.leadership_role
            when 'clinical lead' then 'department'
            when 'divisional director' then 'division'
            else leadership.leadership_role
        end as leadership_level,
        unit.org_unit_key,
        leadership.valid_from_on,
        leadership.valid_to_on
    from {{ ref('stg_workforce__leadership_post') }} as leadership
    left join {{ ref('int_organisation') }} as unit on leadership.org_unit_code = unit.org_unit_code
),

-- Who moved keeps sight of the figures of the former post: what counts is whether a person holds any post.
own_post as (
    select
        clinician.user_name,
        clinician.clinician_name as person_name,
        'clinician' as role,
        'clinician' as leadership_level,
        'post:' || post.post_id as org_unit_key,
        min(post.valid_from_on) over (partition by clinician.clinician_key) as valid_from_on,
        max(coalesce(post.valid_to_on, cast('{{ var("last_day") }}' as date))) over (
            partition by clinician.clinician_key
        ) as valid_to_on
    from {{ ref('int_post') }} as post
    inner join {{ ref('int_clinician') }} as clinician on post.clinician_key = clinician.clinician_key
    where clinician.user_name is not null
),

every_role as (
    select
        user_name,
        person_name,
        role,
        leadership_level,
        org_unit_key,
        valid_from_on,
        valid_to_on
    from leadership

    union all

    select
        user_name,
        person_name,
        role,
        leadership_level,
        org_unit_key,
        valid_from_on,
        valid_to_on
    from own_post
)

select distinct
    every_role.user_name,
    every_role.person_name,
    every_role.role,
    every_role.leadership_level,
    every_role.org_unit_key,
    every_role.valid_from_on,
    coalesce(every_role.valid_to_on, cast('{{ var("last_day") }}' as date)) as valid_to_on,
    every_role.valid_from_on <= reporting_period.data_to_on as has_begun
from every_role
cross join {{ ref('int_reporting_period') }} as reporting_period
where coalesce(every_role.valid_to_on, cast('{{ var("last_day") }}' as date)) >= reporting_period.data_to_on
