-- How many records of each measure count in a month, and how many are left out for which reason.
select
    record.measure_id,
    record.record_type,
    record.month_on,
    record.exclusion_reason,
    count(*) as record_count
from {{ ref('measure_record') }} as record
group by record.measure_id, record.record_type, record.month_on, record.exclusion_reason
