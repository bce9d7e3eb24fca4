-- theatre_utilisation_capped_mhs: each list's own capped utilisation, to be averaged over lists.
with candidate as (
    select
        theatre_list_id as record_id,
        list_on as occurred_on,
        uncountable_reason as exclusion_reason,
        least(1, within_plan_patient_minutes / nullif(planned_minutes, 0)) as numerator,
        1 as denominator,
        concat_ws(
            '', operated_case_count, ' operated; ', round(within_plan_patient_minutes), ' of ', round(planned_minutes),
            ' planned minutes used, each patient''s added.'
        ) as evidence
    from {{ ref('int_theatre_list_minutes') }}
)

{{ measure_rows('theatre_list') }}
