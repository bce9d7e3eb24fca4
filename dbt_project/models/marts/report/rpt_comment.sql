-- What people said of the months of a chart: comments, causes of special causes, limits calculated anew. A series of
-- which nobody has said anything has one row that says so: an empty table looks broken.
with series as (
    select
        summary.org_unit_key,
        summary.measure_id,
        summary.unit_label,
        summary.measure_title,
        summary.measure_family
    from {{ ref('rpt_measure_summary') }} as summary
    inner join {{ source('review_shown', 'reach_shown') }} as reach
        on summary.org_unit_key = reach.org_unit_key and summary.audience = reach.audience
)

select
    series.org_unit_key,
    series.measure_id,
    series.unit_label,
    series.measure_title,
    series.measure_family,
    said.act_id,
    said.month_on,
    coalesce({{ month_text('said.month_on') }}, '–') as month_text,
    case said.kind
        when 'comment' then 'Comment'
        when 'special cause' then 'Cause of a special cause'
        when 'limits anew' then 'Limits calculated anew'
        else '–'
    end as kind_text,
    '<div class="cpw-fit">'
    || coalesce({{ html_escape('said.comment') }}, 'Nobody has said anything of this chart yet.') || '</div>'
        as comment_html,
    coalesce(said.person_name || coalesce(', ' || said.role, ''), '–') as person_label,
    said.acted_at
from series
left join {{ source('review_shown', 'comment_shown') }} as said
    on series.org_unit_key = said.org_unit_key and series.measure_id = said.measure_id
