-- A rate is its own numerator over its own denominator, of the month and of twelve months; a count is its numerator.
with figure as (
    select
        org_unit_key,
        measure_id,
        month_on,
        numerator,
        denominator,
        value
    from {{ ref('performance') }}

    union all

    select
        org_unit_key,
        measure_id,
        month_on,
        numerator_12m as numerator,
        denominator_12m as denominator,
        value_12m as value
    from {{ ref('performance') }}
)

select
    figure.org_unit_key,
    figure.measure_id,
    figure.month_on
from figure
inner join {{ ref('dim_measure') }} as measure on figure.measure_id = measure.measure_id
where
    (measure.unit = 'count' and figure.denominator is not null)
    or (measure.unit <> 'count' and figure.denominator is null)
    or figure.value is distinct from cast(
        figure.numerator / nullif(coalesce(figure.denominator, 1), 0) as numeric(28, 12)
    )
