-- cases_per_planned_session: operations of a post for each theatre session that its job plan leaves after leave.
with operated as (
    select
        theatre_case.theatre_case_id as record_id,
        theatre_case.list_on as occurred_on,
        case when not theatre_list.is_elective then 'not an elective list' end as exclusion_reason,
        1 as numerator,
        0 as denominator,
        concat_ws('', 'Operated on ', theatre_case.list_on, '.') as evidence
    from {{ ref('int_theatre_case') }} as theatre_case
    inner join {{ ref('int_theatre_list') }} as theatre_list
        on theatre_case.theatre_list_id = theatre_list.theatre_list_id
    cross join {{ ref('int_reporting_period') }} as reporting_period
    where theatre_case.is_operated and theatre_case.list_on <= reporting_period.data_to_on
),

planned as (
    select
        post_month_id as record_id,
        org_unit_key,
        first_on as occurred_on,
        cast(null as {{ dbt.type_string() }}) as exclusion_reason,
        0 as numerator,
        worked_session_count as denominator,
        {{ planned_session_note('theatre') }} as evidence
    from {{ ref('int_job_plan_month') }}
    where activity_type = 'theatre'
)

{{ measure_rows('theatre_case', candidate='operated') }}

union all

{{ measure_rows('post_month', has_unit=true, candidate='planned') }}
