-- intercase_downtime_minutes: minutes between patients with nobody in theatre care, for each changeover.
with candidate as (
    select
        theatre_list_id as record_id,
        list_on as occurred_on,
        case
            when uncountable_reason is not null then uncountable_reason
            when operated_case_count < 2 then 'fewer than two cases operated'
        end as exclusion_reason,
        empty_minutes as numerator,
        changeover_count as denominator,
        concat_ws(
            '', operated_case_count, ' operated; ', round(empty_minutes), ' minutes between them with no patient in.'
        ) as evidence
    from {{ ref('int_theatre_list_minutes') }}
)

{{ measure_rows('theatre_list') }}
