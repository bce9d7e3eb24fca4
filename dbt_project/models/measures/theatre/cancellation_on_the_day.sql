-- cancellation_on_the_day: elective cases that the hospital cancelled on the day for no clinical reason.
with elective_case as (
    select
        theatre_case_id,
        theatre_list_id,
        list_on,
        not is_operated as is_cancelled,
        is_postponed_within_24_hours,
        cancelled_on,
        coalesce(cancellation_reason_code, 'missing') as cancellation_reason_code
    from {{ ref('int_theatre_case') }}
    where case_urgency_code in {{ clinical_codes('elective_case') }} and has_known_list
),

candidate as (
    select
        theatre_case_id as record_id,
        theatre_list_id as attributed_record_id,
        list_on as occurred_on,
        case
            when is_cancelled and is_postponed_within_24_hours then 'postponed within 24 hours'
            when is_cancelled and (cancelled_on is null or cancelled_on < list_on) then 'cancelled before the day'
        end as exclusion_reason,
        -- codes H1 to H5: the hospital's reasons that are not clinical
        case when is_cancelled and cancellation_reason_code like 'H%' then 1 else 0 end as numerator,
        1 as denominator,
        case
            when is_cancelled
                then concat_ws(
                    '', 'Cancelled ', coalesce(cast(cancelled_on as {{ dbt.type_string() }}), 'on an unknown day'),
                    ' for reason ', cancellation_reason_code, '; list on ', list_on, '.'
                )
            else concat_ws('', 'Operated; list on ', list_on, '.')
        end as evidence
    from elective_case
)

{{ measure_rows('theatre_case', attributed_by='theatre_list') }}
