-- Every attempt to publish, newest first on the page.
select
    publication_id,
    attempted_at,
    case state when 'published' then 'Published' else 'Refused' end as status_text,
    data_to_on,
    coalesce(reason, '–') as reason,
    run_id
from {{ source('quality', 'publication') }}
