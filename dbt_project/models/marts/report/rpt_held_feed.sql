-- What pages say of each feed of which deliveries are held, for as long as they are.
with feed as (
    select
        source_name,
        table_name,
        delivery_count,
        {{ number_text('delivery_count') }} as delivery_count_text,
        source_name || ' ' || replace(table_name, '_', ' ') as extract_label,
        -- A file that could not be read as a whole may not say when it was extracted.
        {{ day_text(local_date('coalesce(first_extracted_at, held_since_at)')) }} as first_day_text
    from {{ source('quality', 'held_feed') }}
)

select
    source_name,
    table_name,
    case delivery_count
        when 1 then 'a delivery of ' || extract_label || ' of ' || first_day_text || ' is held'
        else
            delivery_count_text || ' deliveries of ' || extract_label || ', the first of ' || first_day_text
            || ', are held'
    end as held_text
from feed
