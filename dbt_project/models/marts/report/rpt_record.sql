-- The records behind a number, for the unit that carries them and the department above it.
select
    record.org_unit_key,
    record.measure_id,
    record.record_type,
    record.record_id,
    shown.org_unit_key as shown_org_unit_key,
    shown.unit_label,
    carrier.unit_label as carrier_label,
    measure.measure_title,
    record.month_on,
    {{ month_text('record.month_on') }} as month_label,
    record.occurred_on,
    replace(record.record_type, '_', ' ') || ' ' || record.record_id as record_label,
    case when record.exclusion_reason is null then 'Counted' else 'Left out' end as status,
    coalesce('Left out: ' || record.exclusion_reason, 'Counted') as status_text,
    record.numerator,
    record.denominator,
    record.evidence,
    record.attribution_text
from {{ ref('measure_record') }} as record
inner join {{ ref('rpt_unit') }} as carrier on record.org_unit_key = carrier.org_unit_key
inner join {{ ref('rpt_unit') }} as shown
    on carrier.org_unit_key = shown.org_unit_key or carrier.department_key = shown.org_unit_key
inner join {{ ref('rpt_measure') }} as measure on record.measure_id = measure.measure_id
