-- Who looked at whose figures: the database decides to whom it is shown (`access.viewing_shown`), this says it.
with looked as (
    select
        org_unit_key,
        user_name,
        coalesce(person_name, user_name) as person_name,
        role,
        coalesce(page, 'Outside a page') as page_label,
        viewed_at,
        {{ local_date('viewed_at') }} as viewed_on,
        case when action like 'downloaded%' then 1 else 0 end as is_downloaded,
        case when viewing_id is null then 0 else 1 end as is_answer
    from {{ source('access', 'viewing_shown') }}
),

counted as (
    select
        org_unit_key,
        user_name,
        page_label,
        viewed_on,
        max(person_name || coalesce(', ' || role, '')) as viewer_label,
        min(viewed_at) as first_at,
        max(viewed_at) as last_at,
        sum(is_answer) as answer_count,
        sum(is_downloaded) as download_count
    from looked
    group by org_unit_key, user_name, page_label, viewed_on
)

select
    counted.org_unit_key,
    coalesce(unit.unit_label, counted.org_unit_key, '–') as unit_label,
    counted.viewed_on,
    coalesce(counted.viewer_label, 'Nobody else in the last 92 days') as viewer_label,
    case when counted.answer_count = 0 then '–' else counted.page_label end as page_label,
    counted.first_at,
    counted.last_at,
    counted.answer_count,
    case when counted.download_count > 0 then 'Yes' else 'No' end as downloaded_text
from counted
left join {{ ref('rpt_unit') }} as unit on counted.org_unit_key = unit.org_unit_key
