-- Units under the label by which pages choose them: no two units have the same.
with labelled as (
    select
        unit.*,
        count(*) over (partition by unit.org_unit_name) as namesake_count,
        case unit.org_unit_level when 'trust' then 1 when 'division' then 2 when 'department' then 3 else 4 end
            as level_order
    from {{ ref('dim_org_unit') }} as unit
),

unique_label as (
    select
        labelled.*,
        case
            when namesake_count = 1 then org_unit_name
            else org_unit_name || ' (' || org_unit_level || ' ' || org_unit_code || ')'
        end as unit_label
    from labelled
)

select
    org_unit_key,
    unit_label,
    org_unit_level,
    parent_org_unit_key,
    department_key,
    clinician_key,
    is_unattributed,
    cast(
        row_number() over (order by level_order, is_unattributed, unit_label, org_unit_key) as integer
    ) as unit_order
from unique_label
