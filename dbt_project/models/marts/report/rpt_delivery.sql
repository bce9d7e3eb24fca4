-- The ledger of deliveries as auditors read it: every file, and what became of every row in it.
select
    delivery_id,
    source_name,
    table_name,
    source_name || ' ' || replace(table_name, '_', ' ') as extract_label,
    file_name,
    extracted_at,
    received_at,
    case state when 'loaded' then 'Loaded' else 'Refused' end as status_text,
    received_count,
    loaded_count,
    unchanged_count,
    quarantined_count,
    coalesce(reason, '–') as reason
from {{ source('quality', 'delivery_ledger') }}
