-- cases_per_list: patients operated on a list that was held, also where there was none.
with candidate as (
    select
        theatre_list_id as record_id,
        list_on as occurred_on,
        case
            when not is_elective then 'not an elective list'
            when is_cancelled then 'list cancelled'
        end as exclusion_reason,
        operated_case_count as numerator,
        1 as denominator,
        concat_ws('', operated_case_count, ' operated.') as evidence
    from {{ ref('int_theatre_list') }}
)

{{ measure_rows('theatre_list') }}
