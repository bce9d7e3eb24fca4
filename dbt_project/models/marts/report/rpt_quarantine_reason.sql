-- Why rows went to quarantine, by extract; a reason names the column and never the value.
select
    source_name || ' ' || replace(table_name, '_', ' ') as extract_label,
    reason,
    cast(sum(row_count) as bigint) as row_count,
    count(distinct delivery_id) as delivery_count
from {{ source('quality', 'quarantine_reason') }}
group by source_name, table_name, reason
