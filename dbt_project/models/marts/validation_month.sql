-- How much of the records of each unit their carriers have confirmed or disputed, of the last two years.
with recent_month as (
    select
        month_on,
        row_number() over (order by month_on desc) as recency
    from {{ ref('dim_month') }}
)

select
    bridge.ancestor_org_unit_key as org_unit_key,
    month.month_on,
    count(*) as record_count,
    count(case when state.validation_state = 'confirmed' then 1 end) as confirmed_count,
    count(case when state.validation_state = 'disputed' then 1 end) as disputed_count,
    count(case when state.validation_state = 'waiting' then 1 end) as waiting_count
from {{ ref('int_validation') }} as state
inner join recent_month as month on {{ month_of('state.occurred_on') }} = month.month_on and month.recency <= 24
inner join {{ ref('bridge_org_unit') }} as bridge
    on
        state.org_unit_key = bridge.org_unit_key
        and state.occurred_on between bridge.valid_from_on
        and coalesce(bridge.valid_to_on, cast('{{ var("last_day") }}' as date))
group by bridge.ancestor_org_unit_key, month.month_on
