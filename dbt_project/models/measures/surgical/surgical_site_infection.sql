-- surgical_site_infection: operations under surveillance with an infection from the operation to 30 days after it.
{%- set follow_up_days = 30 %}
with watched as (
    select
        theatre_case.theatre_case_id,
        theatre_case.list_on,
        theatre_case.is_operated,
        {{ add_days('theatre_case.list_on', follow_up_days) }} as followed_to_on,
        surveillance.surveillance_category,
        surveillance.is_infected,
        surveillance.infection_onset_on,
        surveillance.surveillance_ended_on
    from {{ ref('int_infection_surveillance') }} as surveillance
    inner join {{ ref('int_theatre_case') }} as theatre_case
        on surveillance.theatre_case_id = theatre_case.theatre_case_id
),

candidate as (
    select
        watched.theatre_case_id as record_id,
        watched.list_on as occurred_on,
        case
            when not watched.is_operated then 'not operated'
            when watched.followed_to_on > reporting_period.data_to_on then 'follow-up not complete'
            when
                watched.is_infected
                and (watched.infection_onset_on is null or watched.infection_onset_on < watched.list_on)
                then 'day of onset missing or before the operation'
            when
                not watched.is_infected
                and (watched.surveillance_ended_on is null or watched.surveillance_ended_on < watched.followed_to_on)
                then 'followed for less than {{ follow_up_days }} days'
        end as exclusion_reason,
        case when watched.is_infected and watched.infection_onset_on <= watched.followed_to_on then 1 else 0 end
            as numerator,
        1 as denominator,
        case
            when watched.is_infected
                then concat_ws(
                    '', 'Under surveillance (', watched.surveillance_category, '), operated ', watched.list_on,
                    ', infected ',
                    coalesce(cast(watched.infection_onset_on as {{ dbt.type_string() }}), 'on an unknown day'), '.'
                )
            else concat_ws(
                '', 'Under surveillance (', watched.surveillance_category, '), list on ', watched.list_on,
                ', no infection.'
            )
        end as evidence
    from watched
    cross join {{ ref('int_reporting_period') }} as reporting_period
    -- a case on no known list has no day
    where watched.list_on <= reporting_period.data_to_on
)

{{ measure_rows('theatre_case') }}
