-- A local measure has figures and records of its department and of the leaves there, and nobody else's.
with told as (
    select
        measure_id,
        org_unit_key
    from {{ ref('performance') }}

    union

    select
        measure_id,
        org_unit_key
    from {{ ref('measure_record') }}
)

select
    told.measure_id,
    told.org_unit_key
from told
inner join {{ ref('dim_measure') }} as measure on told.measure_id = measure.measure_id
left join {{ ref('dim_org_unit') }} as unit on told.org_unit_key = unit.org_unit_key
where measure.scope_org_unit_key is not null and unit.department_key is distinct from measure.scope_org_unit_key
