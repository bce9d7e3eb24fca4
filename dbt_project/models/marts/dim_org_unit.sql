-- Units of the tree as it stands on the last day of data; one whose members changed is there a second time, as it
-- stands now.
with unit as (
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
),

unit_now as (
    select distinct
        org_unit_key,
        now_of_org_unit_key
    from {{ ref('int_org_unit_now') }}
)

select
    org_unit_key,
    cast(null as {{ dbt.type_string() }}) as now_of_org_unit_key,
    org_unit_level,
    org_unit_code,
    org_unit_name,
    parent_org_unit_key,
    department_key,
    clinician_key,
    is_unattributed,
    valid_from_on,
    valid_to_on
from unit

union all

select
    unit_now.org_unit_key,
    unit_now.now_of_org_unit_key,
    unit.org_unit_level,
    unit.org_unit_code,
    unit.org_unit_name || ' (as it stands now)' as org_unit_name,
    unit.parent_org_unit_key,
    unit.department_key,
    unit.clinician_key,
    unit.is_unattributed,
    unit.valid_from_on,
    unit.valid_to_on
from unit_now
inner join unit on unit_now.now_of_org_unit_key = unit.org_unit_key
