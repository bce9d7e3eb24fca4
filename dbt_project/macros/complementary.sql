{# CTEs that hide more of a group until nothing hidden can be got by subtraction: `<hidden>_0` (given) grows to
   `<hidden>_<passes>`, each with org_unit_key and `columns`. A group is what stands under one unit in one month:
   of what is hidden there, two at least are hidden, and together they have the measure's minimum, where `active` has
   one. A unit that is hidden hides members too, or it would be their sum. What is hidden for one group may open
   another, so the groups are gone through several times; so does `follows`: units that are hidden with others. #}
{% macro complementary(active, hidden, columns, follows, passes) -%}
{%- set group = 'parent_org_unit_key, measure_id, month_on' -%}
{%- for pass in range(passes) %}
{{ hidden }}_state_{{ pass }} as (
    select
        active.*,
        case when own.org_unit_key is null then 0 else 1 end as is_hidden,
        case when parent.org_unit_key is null then 0 else 1 end as is_parent_hidden
    from {{ active }} as active
    left join {{ hidden }}_{{ pass }} as own
        on
            active.org_unit_key = own.org_unit_key
            {%- for column in columns %}
            and active.{{ column }} = own.{{ column }}
            {%- endfor %}
    left join {{ hidden }}_{{ pass }} as parent
        on
            active.parent_org_unit_key = parent.org_unit_key
            {%- for column in columns %}
            and active.{{ column }} = parent.{{ column }}
            {%- endfor %}
),

{{ hidden }}_ranked_{{ pass }} as (
    select
        *,
        sum(is_hidden) over (partition by {{ group }}) as hidden_count,
        sum(is_hidden * n) over (partition by {{ group }}) as hidden_n,
        row_number() over (
            partition by {{ group }}, is_hidden order by preference, weight, org_unit_key
        ) as place,
        sum(n) over (
            partition by {{ group }}, is_hidden order by preference, weight, org_unit_key
            rows between unbounded preceding and current row
        ) - n as n_before
    from {{ hidden }}_state_{{ pass }}
),

{{ hidden }}_{{ pass + 1 }} as (
    select
        org_unit_key,
        {{ columns | join(',\n        ') }}
    from {{ hidden }}_{{ pass }}

    union

    select
        org_unit_key,
        {{ columns | join(',\n        ') }}
    from {{ hidden }}_ranked_{{ pass }}
    where
        is_hidden = 0
        and hidden_count + is_parent_hidden > 0
        and (hidden_count + place <= 2 or hidden_n + n_before < minimum)

    union

    select
        follows.org_unit_key,
        {%- for column in columns %}
        hidden.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ hidden }}_{{ pass }} as hidden
    inner join {{ follows }} as follows on hidden.org_unit_key = follows.followed_org_unit_key
){{ ',' if not loop.last }}
{%- endfor %}
{%- endmacro %}
