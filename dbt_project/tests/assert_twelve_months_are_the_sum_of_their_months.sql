-- Twelve-month figures are the sums of the month and the eleven before it, as far as the unit has them.
select
    performance.org_unit_key,
    performance.measure_id,
    performance.month_on
from {{ ref('performance') }} as performance
inner join {{ ref('performance') }} as month
    on
        performance.org_unit_key = month.org_unit_key
        and performance.measure_id = month.measure_id
        and performance.month_on >= month.month_on
        and performance.month_on < {{ dbt.dateadd('month', 12, 'month.month_on') }}
group by performance.org_unit_key, performance.measure_id, performance.month_on
having
    max(performance.numerator_12m) <> sum(month.numerator)
    or max(performance.denominator_12m) <> sum(month.denominator)
    or max(performance.record_count_12m) <> sum(month.record_count)
