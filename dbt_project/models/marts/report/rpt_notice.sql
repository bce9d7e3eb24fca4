-- What every page says first: to which day the data go, which publication it is, what its checks said, and what is not
-- there: a newer run that was refused, deliveries that are held and the measures that wait for them.
with attempt as (
    select
        state,
        attempted_at,
        reason,
        data_to_on,
        row_number() over (partition by state order by publication_id desc) as recency,
        publication_id
    from {{ source('quality', 'publication') }}
),

standing as (
    select
        publication_id,
        attempted_at,
        data_to_on
    from attempt
    where state = 'published' and recency = 1
),

refused as (
    select
        attempt.attempted_at,
        attempt.reason
    from attempt
    inner join standing on attempt.publication_id > standing.publication_id
    where attempt.state = 'refused' and attempt.recency = 1
),

checked as (
    select
        publication_id,
        sum(asked_count) as asked_count,
        sum(failed_warning_count) as warning_count
    from {{ source('quality', 'publication_check') }}
    group by publication_id
),

held as (
    select {{ dbt.listagg('held_text', "', '", 'order by source_name, table_name') }} as feeds
    from {{ ref('rpt_held_feed') }}
),

-- Everybody reads this: a local measure is not named here. It is marked where it is shown.
waiting as (
    select {{ dbt.listagg('measure_title', "', '", 'order by measure_order') }} as measure_titles
    from {{ ref('rpt_measure') }}
    where held_text is not null and scope_org_unit_key is null
)

select
    standing.publication_id,
    standing.data_to_on,
    '<div class="cpw-block cpw-plain cpw-fit cpw-notice"><b>Figures as at ' || {{ day_text('standing.data_to_on') }}
    || '</b> · publication ' || standing.publication_id || ' of ' || {{ day_text('standing.attempted_at') }}
    || coalesce(
        ' · ' || {{ number_text('checked.asked_count') }} || ' checks, '
        || case
            when checked.warning_count = 0 then 'all passed'
            else {{ number_text('checked.warning_count') }} || ' with a warning, none of them critical'
        end, ''
    )
    || coalesce(
        '<span class="cpw-warning">Newer data held: the run of ' || {{ day_text('refused.attempted_at') }}
        || ' was not published (' || {{ html_escape('refused.reason') }}
        || '). What you see is the publication before it.</span>', ''
    ) || coalesce(
        '<span class="cpw-warning">Until somebody decides, ' || {{ html_escape('held.feeds') }} || '. '
        || coalesce(
            'Figures may be incomplete: ' || {{ html_escape('waiting.measure_titles') }},
            'No measure of the whole trust waits for it'
        ) || '.</span>', ''
    ) || '</div>' as notice_html
from standing
left join checked on standing.publication_id = checked.publication_id
left join refused on refused.attempted_at is not null
cross join held
cross join waiting
