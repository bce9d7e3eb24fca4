-- Units of the tree as it stands on the last day of data.
select
    unit.org_unit_key,
    unit.org_unit_level,
    unit.org_unit_code,
    unit.org_unit_name,
    parent.ancestor_org_unit_key as parent_org_unit_key,
    unit.department_key,
    unit.clinician_key,
    unit.is_unattributed,
    unit.valid_from_on,
    unit.valid_to_on
from {{ ref('int_org_unit') }} as unit
cross join {{ ref('int_reporting_period') }} as reporting_period
left join {{ ref('int_org_unit_ancestor') }} as parent
    on
        unit.org_unit_key = parent.org_unit_key
        and parent.depth = 1
        and reporting_period.data_to_on between parent.valid_from_on
        and coalesce(parent.valid_to_on, cast('{{ var("last_day") }}' as date))
