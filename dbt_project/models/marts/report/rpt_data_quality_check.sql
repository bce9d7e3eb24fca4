-- The latest result of every rule: those of the last attempt of the last run of each gate, failed ones first.
with latest_run as (
    select
        gate,
        run_id,
        attempt,
        row_number() over (partition by gate order by max(check_result_id) desc) as recency
    from {{ source('quality', 'check_result') }}
    group by gate, run_id, attempt
),

ranked as (
    select
        result.check_result_id,
        result.gate,
        result.rule_id,
        result.severity,
        result.dimension,
        result.table_name,
        result.column_name,
        result.description,
        result.failed_count,
        result.checked_count,
        result.what_to_do,
        result.owner,
        result.checked_at,
        case when result.is_error then 1 when not result.is_success then 2 else 3 end as status_order
    from {{ source('quality', 'check_result') }} as result
    inner join latest_run
        on
            result.gate = latest_run.gate
            and result.run_id = latest_run.run_id
            and result.attempt = latest_run.attempt
    where latest_run.recency = 1
)

select
    check_result_id,
    gate,
    rule_id,
    status_order,
    case status_order when 1 then 'Could not be run' when 2 then 'Failed' else 'Passed' end as status_text,
    severity,
    dimension,
    table_name,
    coalesce(column_name, '–') as column_label,
    description,
    failed_count,
    checked_count,
    case when status_order = 3 then '–' else what_to_do end as what_to_do,
    owner,
    checked_at
from ranked
