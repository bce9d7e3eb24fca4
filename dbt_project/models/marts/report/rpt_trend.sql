-- The trend chart: the months as published, and where somebody spoke of one since or before, at once.
with comment as (
    select
        org_unit_key,
        measure_id,
        month_on,
        count(*) as comment_count
    from {{ source('review_shown', 'comment_shown') }}
    where kind <> 'limits anew'
    group by org_unit_key, measure_id, month_on
)

select
    trend.audience,
    trend.org_unit_key,
    trend.measure_id,
    trend.month_on,
    trend.month_label,
    trend.financial_year,
    trend.unit_label,
    trend.measure_title,
    trend.display_value,
    trend.mean,
    trend.upper_limit,
    trend.lower_limit,
    trend.target,
    trend.common_value,
    trend.improvement_value,
    trend.concern_value,
    trend.neutral_value,
    trend.rebased_mean,
    case when comment.comment_count = 1 then trend.display_value end as commented_value,
    case when comment.comment_count > 1 then trend.display_value end as much_commented_value,
    coalesce(comment.comment_count, 0) as comment_count,
    trend.is_suppressed,
    trend.record_count
from {{ ref('rpt_trend_month') }} as trend
left join comment
    on
        trend.org_unit_key = comment.org_unit_key
        and trend.measure_id = comment.measure_id
        and trend.month_on = comment.month_on
