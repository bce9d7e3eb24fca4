-- Why rows went to quarantine, by extract; a reason names the column and never the value.
with shown as (
    select
        source_name || ' ' || replace(table_name, '_', ' ') as extract_label,
        reason,
        delivery_id,
        row_count
    from {{ source('quality', 'quarantine_reason') }}
)

select
    extract_label,
    reason,
    cast(sum(row_count) as bigint) as row_count,
    count(distinct delivery_id) as delivery_count
from shown
group by extract_label, reason
