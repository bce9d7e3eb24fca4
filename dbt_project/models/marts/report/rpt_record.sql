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
    -- Of the few months, and not of each record: a chosen month is found before its records are, and these by index.
    {{ month_text('month.month_on') }} as month_label,
    {{ financial_year_text('month.month_on') }} as financial_year,
    record.occurred_on,
    replace(record.record_type, '_', ' ') || ' ' || record.record_id as record_label,
    {{ review_link('record.record_type', 'record.record_id', 'record.measure_id') }} as review_link,
    case when record.exclusion_reason is null then 'Counted' else 'Left out' end as status,
    coalesce('Left out: ' || record.exclusion_reason, 'Counted') as status_text,
    record.numerator,
    record.denominator,
    cast(
        case when measure.unit = 'proportion' then expected.expected * 100 else expected.expected end as numeric(28, 12)
    ) as expected_value,
    record.evidence,
    coalesce(expected.factors, '') as expected_text,
    record.attribution_text
from {{ ref('measure_record') }} as record
inner join {{ ref('rpt_unit') }} as carrier on record.org_unit_key = carrier.org_unit_key
inner join {{ ref('rpt_unit') }} as shown
    on carrier.org_unit_key = shown.org_unit_key or carrier.department_key = shown.org_unit_key
inner join {{ ref('rpt_measure') }} as measure on record.measure_id = measure.measure_id
left join {{ ref('dim_month') }} as month on record.month_on = month.month_on
left join {{ source('statistics', 'record_expected') }} as expected
    on record.measure_id = expected.measure_id and record.record_id = expected.record_id
