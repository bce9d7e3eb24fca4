-- Whatever happens to it, a record of a measure has exactly one place in the tree, and that is a leaf.
select
    record.measure_id,
    record.record_id,
    record.org_unit_key
from {{ ref('measure_record') }} as record
left join {{ ref('dim_org_unit') }} as unit on record.org_unit_key = unit.org_unit_key
where unit.org_unit_key is null or unit.org_unit_level <> 'clinician'
