-- clinic_slot_utilisation: slots of clinic sessions in which a patient was seen, of those offered.
with seen as (
    select
        clinic_code,
        appointment_on,
        count(*) as seen_count
    from {{ ref('int_attendance') }}
    where
        attended_or_did_not_attend_code in {{ clinical_codes('attended') }}
        and first_attendance_code not in {{ clinical_codes('administrative_event') }}
    group by clinic_code, appointment_on
),

candidate as (
    select
        clinic_session.clinic_session_id as record_id,
        clinic_session.session_on as occurred_on,
        case
            when clinic_session.is_cancelled then 'session cancelled'
            when clinic_session.slot_count <= 0 then 'no slots offered'
        end as exclusion_reason,
        coalesce(seen.seen_count, 0) as numerator,
        clinic_session.slot_count as denominator,
        concat_ws(
            '', 'Clinic ', clinic_session.clinic_code, ' on ', clinic_session.session_on, ': ',
            coalesce(seen.seen_count, 0), ' seen in ', clinic_session.slot_count, ' slots.'
        ) as evidence
    from {{ ref('int_clinic_session') }} as clinic_session
    cross join {{ ref('int_reporting_period') }} as reporting_period
    left join seen
        on clinic_session.clinic_code = seen.clinic_code and clinic_session.session_on = seen.appointment_on
    where clinic_session.session_on <= reporting_period.data_to_on
)

{{ measure_rows('clinic_session') }}
