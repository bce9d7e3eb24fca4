-- theatre_utilisation_uncapped: minutes with at least one patient in theatre care, over-run and early start included.
with candidate as (
    select
        theatre_list_id as record_id,
        list_on as occurred_on,
        uncountable_reason as exclusion_reason,
        touch_minutes as numerator,
        planned_minutes as denominator,
        concat_ws(
            '', operated_case_count, ' operated; ', round(touch_minutes), ' of ', round(planned_minutes),
            ' planned minutes used (before and after the plan too).'
        ) as evidence
    from {{ ref('int_theatre_list_minutes') }}
)

{{ measure_rows('theatre_list') }}
