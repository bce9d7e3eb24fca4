-- The figures as readers are shown them, with their statistics: whole inside a unit, without small numbers outside.
{%- set statistics = [
    'n', 'is_whole', 'trend_method', 'trend_mean', 'trend_lower', 'trend_upper', 'trend_rule', 'trend_point', 'trend_assurance',
    'comparison_method', 'peer_count', 'expected_12m', 'comparison_value', 'comparison_target', 'z', 'lower_95', 'upper_95', 'lower_998',
    'upper_998', 'reliability', 'more_needed', 'estimate', 'estimate_lower', 'estimate_upper', 'state', 'state_reason',
] %}
{% for audience, figures in {'inside': ref('performance'), 'outside': ref('performance_outside')}.items() -%}
{% set hidden = 'false' if audience == 'inside' else 'figure.is_suppressed' -%}
{% set hidden_12m = 'false' if audience == 'inside' else 'figure.is_suppressed_12m' -%}
select
    figure.org_unit_key,
    figure.measure_id,
    figure.month_on,
    '{{ audience }}' as audience,
    {{ hidden }} as is_suppressed,
    figure.numerator,
    figure.denominator,
    figure.value,
    figure.record_count,
    {{ hidden_12m }} as is_suppressed_12m,
    figure.numerator_12m,
    figure.denominator_12m,
    figure.value_12m,
    figure.record_count_12m,
    {{ 'statistic.' ~ statistics | join(',\n    statistic.') }}
from {{ figures }} as figure
left join {{ source('statistics', 'performance_statistic') }} as statistic
    on
        figure.org_unit_key = statistic.org_unit_key
        and figure.measure_id = statistic.measure_id
        and figure.month_on = statistic.month_on
        and statistic.audience = '{{ audience }}'
{%- if not loop.last %}

union all
{% endif %}
{%- endfor %}
