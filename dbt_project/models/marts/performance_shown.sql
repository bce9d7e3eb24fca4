-- The figures as readers are shown them: whole inside a unit, without small numbers outside.
select
    org_unit_key,
    measure_id,
    month_on,
    'inside' as audience,
    false as is_suppressed,
    numerator,
    denominator,
    value,
    record_count,
    false as is_suppressed_12m,
    numerator_12m,
    denominator_12m,
    value_12m,
    record_count_12m
from {{ ref('performance') }}

union all

select
    org_unit_key,
    measure_id,
    month_on,
    'outside' as audience,
    is_suppressed,
    numerator,
    denominator,
    value,
    record_count,
    is_suppressed_12m,
    numerator_12m,
    denominator_12m,
    value_12m,
    record_count_12m
from {{ ref('performance_outside') }}
