-- Every attempt to publish, newest first on the page.
select
    publication_id,
    attempted_at,
    case state when 'published' then 'Published' else 'Refused' end as status_text,
    data_to_on,
    month_end_on,
    coalesce(substring(content_hash, 1, 12), '–') as content_hash_text,
    coalesce(reason, '–') as reason,
    run_id
from {{ source('quality', 'publication') }}
