-- A clinician among the colleagues of the department: points without names, of those who have the measure's minimum,
-- and none where five are not there.
{%- set fewest_peers = 5 %}
with figure as (
    select
        summary.org_unit_key,
        summary.measure_id,
        summary.unit_label,
        summary.measure_title,
        summary.unit_symbol,
        summary.record_count_12m,
        summary.display_value_12m,
        coalesce(summary.denominator_12m, summary.record_count_12m) >= measure.minimum_denominator as has_minimum,
        unit.department_key,
        unit.clinician_key
    from {{ ref('rpt_measure_summary') }} as summary
    inner join {{ ref('rpt_unit') }} as unit on summary.org_unit_key = unit.org_unit_key
    inner join {{ ref('rpt_measure') }} as measure on summary.measure_id = measure.measure_id
    where
        summary.audience = 'inside'
        and unit.org_unit_level = 'clinician'
        and not unit.is_unattributed
        and summary.display_value_12m is not null
),

-- Somebody with two posts in a department is one colleague; the own other post is none.
peer as (
    select
        viewer.org_unit_key,
        viewer.measure_id,
        other.display_value_12m,
        other.record_count_12m,
        dense_rank() over (partition by viewer.org_unit_key, viewer.measure_id order by other.clinician_key)
        + dense_rank() over (partition by viewer.org_unit_key, viewer.measure_id order by other.clinician_key desc)
        - 1 as peer_count
    from figure as viewer
    inner join figure as other
        on
            viewer.measure_id = other.measure_id
            and viewer.department_key = other.department_key
            and viewer.clinician_key <> other.clinician_key
            and other.has_minimum
),

-- The department's own value is a line from nothing to the largest n; among few colleagues it would tell theirs.
line_end as (
    select
        org_unit_key,
        measure_id,
        max(record_count_12m) as record_count_12m
    from peer
    where peer_count >= {{ fewest_peers }}
    group by org_unit_key, measure_id

    union all

    select distinct
        org_unit_key,
        measure_id,
        0 as record_count_12m
    from peer
    where peer_count >= {{ fewest_peers }}
),

point as (
    select
        org_unit_key,
        measure_id,
        'You' as point_kind,
        display_value_12m,
        record_count_12m
    from figure

    union all

    select
        org_unit_key,
        measure_id,
        'Colleagues' as point_kind,
        display_value_12m,
        record_count_12m
    from peer
    where peer_count >= {{ fewest_peers }}

    union all

    select
        figure.org_unit_key,
        figure.measure_id,
        'Department' as point_kind,
        department.display_value_12m,
        line_end.record_count_12m
    from figure
    inner join line_end
        on figure.org_unit_key = line_end.org_unit_key and figure.measure_id = line_end.measure_id
    inner join {{ ref('rpt_measure_summary') }} as department
        on
            figure.department_key = department.org_unit_key
            and figure.measure_id = department.measure_id
            and department.audience = 'inside'
    -- what a whole department counts is no line to hold a person against
    where department.unit <> 'count'
)

-- Two colleagues with the same n would be drawn as one point: n is set apart by a millionth. The number of a point is
-- its place by n and value: it tells nothing of whose it is, and is not the same person's from measure to measure.
select
    point.org_unit_key,
    point.measure_id,
    figure.unit_label,
    figure.measure_title,
    point.point_kind,
    cast(
        row_number() over (
            partition by point.org_unit_key, point.measure_id, point.point_kind
            order by point.record_count_12m, point.display_value_12m
        ) as integer
    ) as point_number,
    cast(
        point.record_count_12m + 0.000001 * row_number() over (
            partition by point.org_unit_key, point.measure_id, point.point_kind
            order by point.record_count_12m, point.display_value_12m
        ) as numeric(28, 12)
    ) as record_count_12m,
    case when point.point_kind = 'You' then point.display_value_12m end as your_value,
    case when point.point_kind = 'Colleagues' then point.display_value_12m end as colleague_value,
    case when point.point_kind = 'Department' then point.display_value_12m end as department_value,
    figure.unit_symbol
from point
inner join figure on point.org_unit_key = figure.org_unit_key and point.measure_id = figure.measure_id
