-- Months from the first to the last that the extracts cover, with the financial year (April to March).
with month as (
    select
        series.series_on as month_on,
        cast({{ dbt.last_day('series.series_on', 'month') }} as date) as month_end_on,
        cast(extract(year from series.series_on) as integer)
        - case when extract(month from series.series_on) < 4 then 1 else 0 end as financial_year_start,
        reporting_period.data_to_on
    from {{ ref('reporting_period') }} as reporting_period
    {{ cross_join_date_series('reporting_period.first_month_on', 'reporting_period.last_month_on', 'month') }}
)

select
    month_on,
    month_end_on,
    financial_year_start,
    month_end_on <= data_to_on as is_complete
from month
