-- An additive measure says the same at every level: its counted records, its leaves, its departments, its divisions and
-- the trust agree in numerator, denominator and number of records, month by month. What stands above a level (records
-- whose department nobody knows stand directly under the trust) is added to it. The whole of a local measure is its
-- department: it has no figures above. A unit as it stands now is no part of the tree as it stood.
with figure as (
    select
        performance.org_unit_key,
        unit.org_unit_level,
        performance.measure_id,
        performance.month_on,
        performance.numerator,
        coalesce(performance.denominator, 0) as denominator,
        performance.record_count
    from {{ ref('performance') }} as performance
    inner join {{ ref('dim_org_unit') }} as unit on performance.org_unit_key = unit.org_unit_key
    inner join {{ ref('dim_measure') }} as measure on performance.measure_id = measure.measure_id
    where measure.is_additive and unit.now_of_org_unit_key is null
),

level_above as (
    select
        bridge.org_unit_key,
        ancestor.org_unit_level,
        bridge.valid_from_on,
        coalesce(bridge.valid_to_on, cast('{{ var("last_day") }}' as date)) as valid_to_on
    from {{ ref('bridge_org_unit') }} as bridge
    inner join {{ ref('dim_org_unit') }} as ancestor on bridge.ancestor_org_unit_key = ancestor.org_unit_key
    where ancestor.now_of_org_unit_key is null
),

told as (
    select
        org_unit_level,
        measure_id,
        month_on,
        numerator,
        denominator,
        record_count
    from figure
    {%- for level in ['department', 'division'] %}

    union all

    select
        '{{ level }}' as org_unit_level,
        figure.measure_id,
        figure.month_on,
        figure.numerator,
        figure.denominator,
        figure.record_count
    from figure
    left join level_above
        on
            figure.org_unit_key = level_above.org_unit_key
            and level_above.org_unit_level = '{{ level }}'
            and figure.month_on between level_above.valid_from_on and level_above.valid_to_on
    where figure.org_unit_level = 'clinician' and level_above.org_unit_key is null
    {%- endfor %}

    union all

    select
        'record' as org_unit_level,
        record.measure_id,
        record.month_on,
        record.numerator,
        coalesce(record.denominator, 0) as denominator,
        1 as record_count
    from {{ ref('measure_record') }} as record
    inner join {{ ref('dim_measure') }} as measure on record.measure_id = measure.measure_id
    inner join {{ ref('dim_month') }} as month on record.month_on = month.month_on
    where record.exclusion_reason is null and measure.is_additive
),

total as (
    select
        measure_id,
        month_on,
        org_unit_level,
        sum(numerator) as numerator,
        sum(denominator) as denominator,
        sum(record_count) as record_count
    from told
    group by measure_id, month_on, org_unit_level
),

whole as (
    select
        total.measure_id,
        total.month_on,
        total.numerator,
        total.denominator,
        total.record_count
    from total
    inner join {{ ref('dim_measure') }} as measure on total.measure_id = measure.measure_id
    where total.org_unit_level = case when measure.scope_org_unit_key is null then 'trust' else 'department' end
)

select
    total.measure_id,
    total.month_on,
    total.org_unit_level,
    total.numerator,
    whole.numerator as whole_numerator,
    total.denominator,
    whole.denominator as whole_denominator,
    total.record_count,
    whole.record_count as whole_record_count
from total
left join whole on total.measure_id = whole.measure_id and total.month_on = whole.month_on
where
    whole.measure_id is null
    or total.numerator <> whole.numerator
    or total.denominator <> whole.denominator
    or total.record_count <> whole.record_count
