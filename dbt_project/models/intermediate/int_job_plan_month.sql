-- What the job plan of a post holds in a month of the reporting period, before and after leave, by activity.
with period as (
    select
        series.series_on as month_on,
        greatest(series.series_on, reporting_period.data_from_on) as first_on,
        least(cast({{ dbt.last_day('series.series_on', 'month') }} as date), reporting_period.data_to_on) as last_on
    from {{ ref('int_reporting_period') }} as reporting_period
    {{ cross_join_date_series('reporting_period.first_month_on', 'reporting_period.last_month_on', 'month') }}
),

plan as (
    select
        job_plan.post_id,
        job_plan.activity_type,
        coalesce(post.holder_grade = 'consultant', false) as is_post_of_consultant,
        -- a programmed activity of four hours is a half-day session
        coalesce(job_plan.sessions_per_week, job_plan.programmed_activities_per_week) as sessions_per_week,
        greatest(job_plan.valid_from_on, post.valid_from_on) as valid_from_on,
        least(
            coalesce(job_plan.valid_to_on, cast('{{ var("last_day") }}' as date)),
            coalesce(post.valid_to_on, cast('{{ var("last_day") }}' as date))
        ) as valid_to_on
    from {{ ref('stg_workforce__job_plan') }} as job_plan
    inner join {{ ref('int_post') }} as post on job_plan.post_id = post.post_id
),

in_month as (
    select
        plan.post_id,
        plan.activity_type,
        plan.is_post_of_consultant,
        period.month_on,
        plan.sessions_per_week,
        greatest(plan.valid_from_on, period.first_on) as first_on,
        least(plan.valid_to_on, period.last_on) as last_on
    from plan
    inner join period on plan.valid_from_on <= period.last_on and plan.valid_to_on >= period.first_on
    where plan.valid_from_on <= plan.valid_to_on
),

activity_month as (
    select
        post_id,
        activity_type,
        is_post_of_consultant,
        month_on,
        min(first_on) as first_on,
        sum(sessions_per_week * ({{ days_between('first_on', 'last_on') }} + 1)) / 7 as session_count
    from in_month
    group by post_id, activity_type, is_post_of_consultant, month_on
),

post_month as (
    select
        post_id,
        month_on,
        sum(case when activity_type = 'leave' then session_count else 0 end) as leave_session_count,
        sum(case when activity_type = 'leave' then 0 else session_count end) as duty_session_count
    from activity_month
    group by post_id, month_on
)

-- Leave falls on all duties alike: it takes the same share of each.
select
    activity_month.post_id || '|' || activity_month.month_on as post_month_id,
    activity_month.activity_type,
    activity_month.post_id,
    activity_month.is_post_of_consultant,
    'post:' || activity_month.post_id as org_unit_key,
    activity_month.month_on,
    activity_month.first_on,
    cast(activity_month.session_count as numeric(28, 12)) as planned_session_count,
    cast(
        activity_month.session_count
        * greatest(1 - post_month.leave_session_count / nullif(post_month.duty_session_count, 0), 0)
        as numeric(28, 12)
    ) as worked_session_count
from activity_month
inner join post_month
    on activity_month.post_id = post_month.post_id and activity_month.month_on = post_month.month_on
where activity_month.activity_type <> 'leave'
