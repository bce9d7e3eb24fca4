-- Colleagues of a department as points of a funnel, without names, with the limits that chance sets: around one of
-- them, of those who have the measure's minimum and none where five are not there; and for the department's lead.
{%- set fewest_peers = 5 %}
{%- set limits = ['target', 'lower_95', 'upper_95', 'lower_998', 'upper_998'] %}
-- What is told of a measure is told of its last whole month and the twelve months that it ends.
with last_whole as (
    select
        org_unit_key,
        measure_id,
        max(month_on) as month_on
    from {{ ref('performance_shown') }}
    where audience = 'inside' and is_whole
    group by org_unit_key, measure_id
),

-- Against what was expected a value is observed over expected; all others are read in their unit.
read as (
    select
        performance.*,
        unit.unit_label,
        unit.department_key,
        unit.clinician_key,
        measure.minimum_denominator,
        coalesce(performance.comparison_method like 'expected%', false) as is_against_expected,
        case
            when measure.unit = 'proportion' and coalesce(performance.comparison_method not like 'expected%', true)
                then 100
            else 1
        end as scale,
        case
            when measure.unit <> 'ratio' or performance.comparison_method like 'expected%' then 0
        end as lowest
    from last_whole
    inner join {{ ref('performance_shown') }} as performance
        on
            last_whole.org_unit_key = performance.org_unit_key
            and last_whole.measure_id = performance.measure_id
            and last_whole.month_on = performance.month_on
            and performance.audience = 'inside'
    inner join {{ ref('rpt_unit') }} as unit on performance.org_unit_key = unit.org_unit_key
    inner join {{ ref('rpt_measure') }} as measure on performance.measure_id = measure.measure_id
    where unit.org_unit_level = 'clinician' and not unit.is_unattributed and performance.value_12m is not null
),

-- Limits depend on the size: the number expected of these patients, or that of records.
figure as (
    select
        org_unit_key,
        measure_id,
        unit_label,
        department_key,
        clinician_key,
        is_against_expected,
        {%- for limit in limits %}
        {%- set column = 'comparison_target' if limit == 'target' else limit %}
        cast(case when {{ column }} < lowest then lowest else {{ column }} * scale end as numeric) as {{ limit }},
        {%- endfor %}
        coalesce(denominator_12m, record_count_12m) >= minimum_denominator as has_minimum,
        case
            when is_against_expected then cast(expected_12m as numeric)
            else coalesce(denominator_12m, record_count_12m)
        end as size,
        case
            when is_against_expected then cast(comparison_value as numeric) else value_12m * scale
        end as drawn_value
    from read
),

-- Somebody with two posts in a department is one colleague; the own other post is none. Who is compared in another way
-- (against what was expected, or not) does not lie in the same picture.
peer as (
    select
        viewer.org_unit_key,
        viewer.measure_id,
        viewer.unit_label,
        other.size,
        other.drawn_value,
        {%- for limit in limits %}
        other.{{ limit }},
        {%- endfor %}
        dense_rank() over (partition by viewer.org_unit_key, viewer.measure_id order by other.clinician_key)
        + dense_rank() over (partition by viewer.org_unit_key, viewer.measure_id order by other.clinician_key desc)
        - 1 as peer_count
    from figure as viewer
    inner join figure as other
        on
            viewer.measure_id = other.measure_id
            and viewer.department_key = other.department_key
            and viewer.clinician_key <> other.clinician_key
            and viewer.is_against_expected = other.is_against_expected
            and other.has_minimum
),

point as (
    select
        org_unit_key,
        measure_id,
        unit_label,
        'You' as point_kind,
        size,
        drawn_value,
        {{ limits | join(',\n        ') }}
    from figure

    union all

    select
        org_unit_key,
        measure_id,
        unit_label,
        'Colleagues' as point_kind,
        size,
        drawn_value,
        {{ limits | join(',\n        ') }}
    from peer
    where peer_count >= {{ fewest_peers }}

    union all

    -- The lead of a department sees all of it. There, too, points have no names: the table beside them has.
    select
        department.org_unit_key,
        figure.measure_id,
        department.unit_label,
        'Colleagues' as point_kind,
        figure.size,
        figure.drawn_value,
        {{ 'figure.' ~ limits | join(',\n        figure.') }}
    from figure
    inner join {{ ref('rpt_unit') }} as department on figure.department_key = department.org_unit_key
    where figure.has_minimum
),

with_colleagues as (
    select distinct
        org_unit_key,
        measure_id
    from point
    where point_kind = 'Colleagues'
),

-- Limits are drawn through the sizes of all points of a picture: they tell nothing that the points do not.
drawn as (
    select
        org_unit_key,
        measure_id,
        unit_label,
        point_kind,
        size,
        drawn_value,
        {{ 'cast(null as numeric) as ' ~ limits | join(',\n        cast(null as numeric) as ') }}
    from point

    union all

    select
        point.org_unit_key,
        point.measure_id,
        point.unit_label,
        'Limits' as point_kind,
        point.size,
        cast(null as numeric) as drawn_value,
        {{ 'point.' ~ limits | join(',\n        point.') }}
    from point
    inner join with_colleagues
        on point.org_unit_key = with_colleagues.org_unit_key and point.measure_id = with_colleagues.measure_id
    where point.upper_998 is not null
),

numbered as (
    select
        drawn.*,
        cast(
            row_number() over (
                partition by drawn.org_unit_key, drawn.measure_id, drawn.point_kind
                order by drawn.size, drawn.drawn_value, drawn.upper_95
            ) as integer
        ) as point_number
    from drawn
)

-- Two colleagues of the same size would be drawn as one point: sizes are set apart by a millionth. The number of a
-- point is its place by size and value: it tells nothing of whose it is, and is not the same person's from measure to
-- measure.
select
    numbered.org_unit_key,
    numbered.measure_id,
    numbered.unit_label,
    measure.measure_title,
    numbered.point_kind,
    numbered.point_number,
    cast(numbered.size + 0.000001 * numbered.point_number as numeric(28, 12)) as size,
    {%- for limit in limits %}
    cast(numbered.{{ limit }} as numeric(28, 12)) as {{ limit }},
    {%- endfor %}
    cast(case when numbered.point_kind = 'You' then numbered.drawn_value end as numeric(28, 12)) as your_value,
    cast(case when numbered.point_kind = 'Colleagues' then numbered.drawn_value end as numeric(28, 12))
        as colleague_value
from numbered
inner join {{ ref('rpt_measure') }} as measure on numbered.measure_id = measure.measure_id
