-- Every unit of the one tree: trust, divisions, departments, posts, and the places of records that nobody carries.
with organisation as (
    select
        org_unit_key,
        org_unit_code,
        org_unit_level,
        org_unit_name,
        valid_from_on,
        valid_to_on
    from {{ ref('int_organisation') }}
),

posts_per_clinician as (
    select
        clinician_key,
        count(*) as post_count
    from {{ ref('int_post') }}
    group by clinician_key
)

select
    org_unit_key,
    org_unit_level,
    org_unit_code,
    org_unit_name,
    case when org_unit_level = 'department' then org_unit_key end as department_key,
    cast(null as {{ dbt.type_string() }}) as clinician_key,
    false as is_unattributed,
    valid_from_on,
    valid_to_on
from organisation

union all

select
    'post:' || post.post_id as org_unit_key,
    'clinician' as org_unit_level,
    post.post_id as org_unit_code,
    coalesce(clinician.clinician_name, 'Clinician not known')
    || case
        when posts_per_clinician.post_count > 1 and department.org_unit_name is not null
            then ' (' || department.org_unit_name || ')'
        else ''
    end as org_unit_name,
    post.department_key,
    post.clinician_key,
    false as is_unattributed,
    post.valid_from_on,
    post.valid_to_on
from {{ ref('int_post') }} as post
left join {{ ref('int_clinician') }} as clinician on post.clinician_key = clinician.clinician_key
left join posts_per_clinician on post.clinician_key = posts_per_clinician.clinician_key
left join organisation as department on post.department_key = department.org_unit_key

union all

select
    'unattributed:' || org_unit_code as org_unit_key,
    'clinician' as org_unit_level,
    org_unit_code,
    case
        when org_unit_level = 'department' then 'Not attributed (' || org_unit_name || ')'
        else 'Not attributed'
    end as org_unit_name,
    case when org_unit_level = 'department' then org_unit_key end as department_key,
    cast(null as {{ dbt.type_string() }}) as clinician_key,
    true as is_unattributed,
    valid_from_on,
    valid_to_on
from organisation
where org_unit_level in ('department', 'trust')
