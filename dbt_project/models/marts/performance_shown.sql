-- The figures as readers are shown them, with their statistics: whole inside a unit, without small numbers outside.
{%- set statistics = [
    'n', 'trend_method', 'trend_mean', 'trend_lower', 'trend_upper', 'trend_rule', 'trend_point', 'comparison_method',
    'peer_count', 'expected_12m', 'comparison_value', 'comparison_target', 'z', 'lower_95', 'upper_95', 'lower_998',
    'upper_998', 'reliability', 'more_needed', 'estimate', 'estimate_lower', 'estimate_upper', 'state', 'state_reason',
] %}
with shown as (
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
)

select
    shown.org_unit_key,
    shown.measure_id,
    shown.month_on,
    shown.audience,
    shown.is_suppressed,
    shown.numerator,
    shown.denominator,
    shown.value,
    shown.record_count,
    shown.is_suppressed_12m,
    shown.numerator_12m,
    shown.denominator_12m,
    shown.value_12m,
    shown.record_count_12m,
    {%- for name in statistics %}
    statistic.{{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
from shown
left join {{ source('statistics', 'performance_statistic') }} as statistic
    on
        shown.audience = statistic.audience
        and shown.org_unit_key = statistic.org_unit_key
        and shown.measure_id = statistic.measure_id
        and shown.month_on = statistic.month_on
