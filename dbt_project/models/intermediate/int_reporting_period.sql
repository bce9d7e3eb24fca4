-- The days that the extracts cover: what discharges, appointments and held lists reach. No row where nothing came yet.
with reached as (
    select
        min(discharged_on) as first_on,
        max(discharged_on) as last_on
    from {{ ref('int_spell') }}

    union all

    select
        min(appointment_on) as first_on,
        max(appointment_on) as last_on
    from {{ ref('int_attendance') }}
    where attended_or_did_not_attend_code not in {{ clinical_codes('future_appointment') }}

    union all

    select
        min(list_on) as first_on,
        max(list_on) as last_on
    from {{ ref('int_theatre_list') }}
    where not is_cancelled
)

select
    min(first_on) as data_from_on,
    max(last_on) as data_to_on,
    {{ month_of('min(first_on)') }} as first_month_on,
    {{ month_of('max(last_on)') }} as last_month_on
from reached
having max(last_on) is not null
