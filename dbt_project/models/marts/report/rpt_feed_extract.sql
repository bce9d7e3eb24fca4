-- How late the data are that pages show: the newest extract of each feed in what is published.
with published as (
    select max(publication_id) as publication_id
    from {{ source('quality', 'publication') }}
    where state = 'published'
)

select
    feed.source_name,
    feed.table_name,
    {{ local_date('feed.extracted_at') }} as extracted_on
from {{ source('quality', 'publication_feed') }} as feed
inner join published on feed.publication_id = published.publication_id
