-- Every unit's figures by measure and month: sums of leaves, rolled up to the units above them. Where a publication
-- stands, each series is computed from the first month on that changed, and what is before is taken over.
{{- config(post_hook="{{ note_performance_origin() }}") }}
{%- set stands = publication_stands() %}
{%- set last_day = "cast('" ~ var('last_day') ~ "' as date)" %}
with
{%- if stands %}
-- What the roll-up reads of a measure's declaration.
changed_measure as (
    {{ differing_rows(
        ref('dim_measure'), source('publication', 'published_dim_measure'),
        ['measure_id', 'unit', 'scope_org_unit_key']
    ) }}
),

changed_leaf as (
    {{ differing_rows(
        ref('leaf_month'), source('publication', 'published_leaf_month'),
        ['org_unit_key', 'measure_id', 'month_on', 'standing_on', 'numerator', 'denominator', 'record_count']
    ) }}
),

touched_leaf as (
    select
        org_unit_key,
        measure_id,
        month_on
    from changed_leaf

    union

    select
        leaf_month.org_unit_key,
        leaf_month.measure_id,
        leaf_month.month_on
    from {{ ref('leaf_month') }} as leaf_month
    inner join changed_measure on leaf_month.measure_id = changed_measure.measure_id
),

-- Units that are above a leaf now, or were.
unit_above as (
    select
        ancestor_org_unit_key,
        org_unit_key
    from {{ ref('bridge_org_unit') }}

    union

    select
        ancestor_org_unit_key,
        org_unit_key
    from {{ source('publication', 'published_bridge_org_unit') }}
),

changed_bridge as (
    {{ differing_rows(
        ref('bridge_org_unit'), source('publication', 'published_bridge_org_unit'),
        ['ancestor_org_unit_key', 'org_unit_key', 'valid_from_on', 'valid_to_on']
    ) }}
),

-- A period that ends on another day is there twice, and the same up to the earlier end.
changed_place as (
    select
        ancestor_org_unit_key,
        org_unit_key,
        case when count(*) = 2 then min(coalesce(valid_to_on, {{ last_day }})) else valid_from_on end as changed_on
    from changed_bridge
    group by ancestor_org_unit_key, org_unit_key, valid_from_on
),

published_end as (
    select max(month_on) as month_on
    from {{ source('publication', 'published_dim_month') }}
),

touched_month as (
    select
        unit_above.ancestor_org_unit_key as org_unit_key,
        touched_leaf.measure_id,
        touched_leaf.month_on
    from touched_leaf
    inner join unit_above on touched_leaf.org_unit_key = unit_above.org_unit_key

    union all

    select
        changed_place.ancestor_org_unit_key as org_unit_key,
        leaf_month.measure_id,
        leaf_month.month_on
    from changed_place
    inner join {{ ref('leaf_month') }} as leaf_month
        on
            changed_place.org_unit_key = leaf_month.org_unit_key
            and leaf_month.month_on >= {{ month_of('changed_place.changed_on') }}

    union all

    -- A month that is new adds a cell to every series.
    select
        published.org_unit_key,
        published.measure_id,
        month.month_on
    from published_end
    inner join {{ source('publication', 'published_performance') }} as published
        on published_end.month_on = published.month_on
    inner join {{ ref('dim_month') }} as month on published_end.month_on < month.month_on
),

-- Twelve months that end with the first to be computed begin with the first to be read.
touched_series as (
    select
        org_unit_key,
        measure_id,
        min(month_on) as from_on,
        cast({{ dbt.dateadd('month', -11, 'min(month_on)') }} as date) as read_from_on
    from touched_month
    group by org_unit_key, measure_id
),

-- What a touched series is summed from. Made distinct, though it is, so that planners begin with these few rows.
touched_bridge as (
    select distinct
        bridge.ancestor_org_unit_key,
        bridge.org_unit_key,
        bridge.valid_from_on,
        bridge.valid_to_on,
        touched_series.measure_id,
        touched_series.read_from_on
    from {{ ref('bridge_org_unit') }} as bridge
    inner join touched_series on bridge.ancestor_org_unit_key = touched_series.org_unit_key
),
{%- endif %}

unit_total as (
    select
        bridge.ancestor_org_unit_key as org_unit_key,
        leaf_month.measure_id,
        leaf_month.month_on,
        sum(leaf_month.numerator) as numerator,
        sum(leaf_month.denominator) as denominator,
        sum(leaf_month.record_count) as record_count
    from {{ ref('leaf_month') }} as leaf_month
    inner join {{ 'touched_bridge' if stands else ref('bridge_org_unit') }} as bridge
        on
            leaf_month.org_unit_key = bridge.org_unit_key
            and leaf_month.standing_on between bridge.valid_from_on and coalesce(bridge.valid_to_on, {{ last_day }})
            {%- if stands %}
            and leaf_month.measure_id = bridge.measure_id
            and leaf_month.month_on >= bridge.read_from_on
            {%- endif %}
    inner join {{ ref('dim_measure') }} as measure on leaf_month.measure_id = measure.measure_id
    -- A local measure is its department's and that of the leaves there, and nobody's above.
    where
        measure.scope_org_unit_key is null
        or bridge.ancestor_org_unit_key in (leaf_month.org_unit_key, measure.scope_org_unit_key)
    group by bridge.ancestor_org_unit_key, leaf_month.measure_id, leaf_month.month_on
),

{%- if stands %}

-- A series with cells before its first changed month began before the months that are read.
begun_or_counted as (
    select
        org_unit_key,
        measure_id,
        month_on
    from unit_total

    union all

    select
        touched_series.org_unit_key,
        touched_series.measure_id,
        touched_series.read_from_on as month_on
    from touched_series
    inner join {{ source('publication', 'published_performance') }} as published
        on
            touched_series.org_unit_key = published.org_unit_key
            and touched_series.measure_id = published.measure_id
            and touched_series.from_on > published.month_on
),
{%- endif %}

first_month as (
    select
        org_unit_key,
        measure_id,
        min(month_on) as month_on
    from {{ 'begun_or_counted' if stands else 'unit_total' }}
    group by org_unit_key, measure_id
),

-- One row for each month from a unit's first record on: without gaps, twelve rows are twelve months.
dense as (
    select
        first_month.org_unit_key,
        first_month.measure_id,
        month.month_on,
        coalesce(unit_total.numerator, 0) as numerator,
        case when measure.unit <> 'count' then coalesce(unit_total.denominator, 0) end as denominator,
        coalesce(unit_total.record_count, 0) as record_count,
        {{ 'month.month_on >= touched_series.from_on' if stands else 'true' }} as is_touched
    from first_month
    inner join {{ ref('dim_measure') }} as measure on first_month.measure_id = measure.measure_id
    inner join {{ ref('dim_month') }} as month on first_month.month_on <= month.month_on
    left join unit_total
        on
            first_month.org_unit_key = unit_total.org_unit_key
            and first_month.measure_id = unit_total.measure_id
            and month.month_on = unit_total.month_on
    {%- if stands %}
    inner join touched_series
        on
            first_month.org_unit_key = touched_series.org_unit_key
            and first_month.measure_id = touched_series.measure_id
    {%- endif %}
),

rolling as (
    select
        org_unit_key,
        measure_id,
        month_on,
        numerator,
        denominator,
        record_count,
        is_touched,
        sum(numerator) over last_12_months as numerator_12m,
        sum(denominator) over last_12_months as denominator_12m,
        sum(record_count) over last_12_months as record_count_12m
    from dense
    window last_12_months as (
        partition by org_unit_key, measure_id
        order by month_on
        rows between 11 preceding and current row
    )
),

-- A count has no denominator and is its own value; a ratio without a denominator has no value.
computed as (
    select
        org_unit_key,
        measure_id,
        month_on,
        cast(numerator as numeric(28, 12)) as numerator,
        cast(denominator as numeric(28, 12)) as denominator,
        cast(
            case
                when denominator is null then numerator
                else numerator / nullif(denominator, 0)
            end as numeric(28, 12)
        ) as value,
        cast(record_count as bigint) as record_count,
        cast(numerator_12m as numeric(28, 12)) as numerator_12m,
        cast(denominator_12m as numeric(28, 12)) as denominator_12m,
        cast(
            case
                when denominator_12m is null then numerator_12m
                else numerator_12m / nullif(denominator_12m, 0)
            end as numeric(28, 12)
        ) as value_12m,
        cast(record_count_12m as bigint) as record_count_12m
    from rolling
    where is_touched
)
{%- if stands %},

taken_over as (
    select
        published.org_unit_key,
        published.measure_id,
        published.month_on,
        published.numerator,
        published.denominator,
        published.value,
        published.record_count,
        published.numerator_12m,
        published.denominator_12m,
        published.value_12m,
        published.record_count_12m
    from {{ source('publication', 'published_performance') }} as published
    inner join {{ ref('dim_month') }} as month on published.month_on = month.month_on
    left join touched_series
        on
            published.org_unit_key = touched_series.org_unit_key
            and published.measure_id = touched_series.measure_id
    where touched_series.from_on is null or published.month_on < touched_series.from_on
)
{%- endif %}

{% for cells in ['computed', 'taken_over'] if stands or cells == 'computed' -%}
select
    org_unit_key,
    measure_id,
    month_on,
    numerator,
    denominator,
    value,
    record_count,
    numerator_12m,
    denominator_12m,
    value_12m,
    record_count_12m
from {{ cells }}
{%- if not loop.last %}
union all
{% endif %}
{%- endfor %}
