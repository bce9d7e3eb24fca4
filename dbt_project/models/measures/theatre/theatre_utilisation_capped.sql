-- theatre_utilisation_capped: minutes within the planned list in which at least one patient was in theatre care.
with candidate as (
    select
        theatre_list_id as record_id,
        list_on as occurred_on,
        uncountable_reason as exclusion_reason,
        within_plan_touch_minutes as numerator,
        planned_minutes as denominator,
        concat_ws(
            '', operated_case_count, ' operated; ', round(within_plan_touch_minutes), ' of ', round(planned_minutes),
            ' planned minutes used.'
        ) as evidence
    from {{ ref('int_theatre_list_minutes') }}
)

{{ measure_rows('theatre_list') }}
