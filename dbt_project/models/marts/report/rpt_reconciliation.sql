-- What auditors read of the way of the standing publication's data: each whole, its parts, and what is missing.
with standing as (
    select
        run_id,
        row_number() over (order by publication_id desc) as recency
    from {{ source('quality', 'publication') }}
    where state = 'published'
),

-- Managers read this, too: a local measure is not named here.
line as (
    select
        told.step,
        told.subject,
        told.part,
        told.is_total,
        told.amount
    from {{ source('quality', 'reconciliation') }} as told
    inner join standing on told.run_id = standing.run_id
    left join {{ ref('dim_measure') }} as measure
        on told.step in ('measure', 'figure') and {{ dbt.split_part('told.subject', "':'", 1) }} = measure.measure_id
    where standing.recency = 1 and measure.scope_org_unit_key is null
),

whole as (
    select
        step,
        subject,
        max(case when is_total then part end) as whole_part,
        sum(case when is_total then amount else 0 end) as whole_amount,
        sum(case when is_total then 0 else amount end) as parts_amount
    from line
    group by step, subject
),

parts as (
    select
        step,
        subject,
        {{ dbt.listagg(
            "part || ': ' || " ~ number_text('amount'), "' · '", 'order by amount desc, part'
        ) }} as parts_text
    from line
    where not is_total and amount <> 0
    group by step, subject
)

select
    whole.step,
    case whole.step
        when 'delivery' then 1
        when 'version' then 2
        when 'entity' then 3
        when 'record' then 4
        when 'measure' then 5
        else 6
    end as step_order,
    case whole.step
        when 'delivery' then '1 Rows delivered'
        when 'version' then '2 Versions kept'
        when 'entity' then '3 Rows that became entities'
        when 'record' then '4 Records that are entities'
        when 'measure' then '5 Records counted or left out'
        else '6 Figures at the top'
    end as step_text,
    whole.subject,
    whole.whole_part,
    cast(whole.whole_amount as numeric(28, 6)) as whole_amount,
    coalesce(parts.parts_text, '–') as parts_text,
    cast(whole.whole_amount - whole.parts_amount as numeric(28, 6)) as missing_amount
from whole
left join parts on whole.step = parts.step and whole.subject = parts.subject
