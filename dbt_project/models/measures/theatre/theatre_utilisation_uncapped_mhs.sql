-- theatre_utilisation_uncapped_mhs: each list's own uncapped utilisation, to be averaged over lists.
with candidate as (
    select
        theatre_list_id as record_id,
        list_on as occurred_on,
        uncountable_reason as exclusion_reason,
        patient_minutes / nullif(planned_minutes, 0) as numerator,
        1 as denominator,
        concat_ws(
            '', operated_case_count, ' operated; ', round(patient_minutes), ' of ', round(planned_minutes),
            ' planned minutes used, each patient''s added, before and after the plan too.'
        ) as evidence
    from {{ ref('int_theatre_list_minutes') }}
)

{{ measure_rows('theatre_list') }}
