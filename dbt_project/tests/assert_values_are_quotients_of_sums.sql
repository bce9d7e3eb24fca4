-- A rate is its own numerator over its own denominator, of the month and of twelve months; a count is its numerator.
select
    performance.org_unit_key,
    performance.measure_id,
    performance.month_on
from {{ ref('performance') }} as performance
inner join {{ ref('dim_measure') }} as measure on performance.measure_id = measure.measure_id
where
{%- for suffix in ['', '_12m'] %}
    {{ 'or' if not loop.first }} (measure.unit = 'count' and performance.denominator{{ suffix }} is not null)
    or (measure.unit <> 'count' and performance.denominator{{ suffix }} is null)
    or performance.value{{ suffix }} is distinct from cast(
        performance.numerator{{ suffix }}
        / nullif(coalesce(performance.denominator{{ suffix }}, 1), 0) as numeric(28, 12)
    )
{%- endfor %}
