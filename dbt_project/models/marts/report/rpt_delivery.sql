-- The ledger of deliveries as auditors read it: every file, and what became of every row in it.
select
    delivery_id,
    source_name,
    table_name,
    source_name || ' ' || replace(table_name, '_', ' ') as extract_label,
    file_name,
    extracted_at,
    received_at,
    case state
        when 'loaded' then 'Loaded'
        when 'refused' then 'Refused'
        when 'held' then 'Held until somebody decides'
        when 'rejected' then 'Rejected'
    end as status_text,
    received_count,
    loaded_count,
    unchanged_count,
    quarantined_count,
    held_count,
    deleted_count,
    coalesce(reason, '–') as reason,
    coalesce(
        case state when 'rejected' then 'Rejected by ' else 'Released by ' end || decided_by || ' on '
        || {{ day_text(local_date('decided_at')) }} || coalesce(': ' || decision_reason, ''),
        '–'
    ) as decision_text
from {{ source('quality', 'delivery_ledger') }}
