-- Units under the label by which pages choose them: no two units have the same.
with counted as (
    select
        org_unit_key,
        coalesce(now_of_org_unit_key, org_unit_key) as then_org_unit_key,
        org_unit_level,
        org_unit_code,
        org_unit_name,
        parent_org_unit_key,
        department_key,
        clinician_key,
        is_unattributed,
        count(*) over (partition by org_unit_name) as namesake_count,
        case org_unit_level when 'trust' then 1 when 'division' then 2 when 'department' then 3 else 4 end
            as level_order
    from {{ ref('dim_org_unit') }}
),

labelled as (
    select
        org_unit_key,
        then_org_unit_key,
        org_unit_level,
        parent_org_unit_key,
        department_key,
        clinician_key,
        is_unattributed,
        level_order,
        case
            when namesake_count = 1 then org_unit_name
            else org_unit_name || ' (' || org_unit_level || ' ' || org_unit_code || ')'
        end as unit_label
    from counted
)

select
    org_unit_key,
    then_org_unit_key,
    unit_label,
    org_unit_level,
    parent_org_unit_key,
    department_key,
    clinician_key,
    is_unattributed,
    cast(
        row_number() over (order by level_order, is_unattributed, unit_label, org_unit_key) as integer
    ) as unit_order
from labelled
