-- Who answers for a clinic session, an appointment and a waiting pathway, weighed from what each source says.
{%- set people = ['told_by_pas', 'told_by_template', 'told_by_clinic'] %}
{%- set people_of_session = ['told_by_template', 'told_by_pas'] %}
with clinic_session as (
    select
        clinic_session.clinic_session_id,
        clinic_session.clinic_code,
        clinic_session.session_on,
        clinic_session.treatment_function_code,
        clinic_session.consultant_code as written_code,
        meaning.consultant_code as told_by_template
    from {{ ref('int_clinic_session') }} as clinic_session
    left join {{ ref('int_clinician_meaning') }} as meaning
        on
            clinic_session.consultant_code = meaning.written_code
            and clinic_session.session_on between meaning.valid_from_on and meaning.valid_to_on
),

-- A clinic code speaks where all its sessions name one consultant.
told_by_clinic as (
    select
        clinic_code,
        min(told_by_template) as told_by_clinic
    from clinic_session
    group by clinic_code
    having min(told_by_template) = max(told_by_template)
),

told_attendance as (
    select
        attendance.attendance_id,
        attendance.clinic_code,
        attendance.appointment_on,
        attendance.treatment_function_code,
        attendance.consultant_code as written_code,
        meaning.consultant_code as told_by_pas,
        clinic_session.told_by_template,
        told_by_clinic.told_by_clinic
    from {{ ref('int_attendance') }} as attendance
    left join {{ ref('int_clinician_meaning') }} as meaning
        on
            attendance.consultant_code = meaning.written_code
            and attendance.appointment_on between meaning.valid_from_on and meaning.valid_to_on
    left join clinic_session
        on
            attendance.clinic_code = clinic_session.clinic_code
            and attendance.appointment_on = clinic_session.session_on
    left join told_by_clinic on attendance.clinic_code = told_by_clinic.clinic_code
),

-- Appointments speak of the session where all name one consultant.
told_by_appointments as (
    select
        clinic_code,
        appointment_on,
        min(told_by_pas) as told_by_pas
    from told_attendance
    group by clinic_code, appointment_on
    having min(told_by_pas) = max(told_by_pas)
),

told_session as (
    select
        clinic_session.clinic_session_id,
        clinic_session.session_on,
        clinic_session.treatment_function_code,
        clinic_session.written_code,
        clinic_session.told_by_template,
        told_by_appointments.told_by_pas
    from clinic_session
    left join told_by_appointments
        on
            clinic_session.clinic_code = told_by_appointments.clinic_code
            and clinic_session.session_on = told_by_appointments.appointment_on
),

attendance as {{ computed_once() }} (
    select
        attendance_id,
        appointment_on,
        treatment_function_code,
        written_code,
        told_by_pas,
        told_by_template,
        told_by_clinic,
        {{ carrier('clinic_consultant', people) }} as consultant_code
    from told_attendance
),

decided_session as {{ computed_once() }} (
    select
        clinic_session_id,
        session_on,
        treatment_function_code,
        written_code,
        told_by_template,
        told_by_pas,
        {{ carrier('session_consultant', people_of_session) }} as consultant_code
    from told_session
),

pathway as (
    select
        rtt_pathway.rtt_pathway_id,
        rtt_pathway.month_end_on,
        rtt_pathway.treatment_function_code,
        rtt_pathway.consultant_code as written_code,
        meaning.consultant_code
    from {{ ref('int_rtt_pathway') }} as rtt_pathway
    left join {{ ref('int_clinician_meaning') }} as meaning
        on
            rtt_pathway.consultant_code = meaning.written_code
            and rtt_pathway.month_end_on between meaning.valid_from_on and meaning.valid_to_on
)

select
    'attendance' as record_type,
    attendance_id as record_id,
    'clinic_consultant' as attribution_role,
    treatment_function_code,
    appointment_on as responsible_on,
    written_code,
    told_by_pas as written_consultant_code,
    consultant_code,
    {{ sources_of_carrier('clinic_consultant', people) }}
from attendance

union all

select
    'clinic_session' as record_type,
    clinic_session_id as record_id,
    'clinic_consultant' as attribution_role,
    treatment_function_code,
    session_on as responsible_on,
    written_code,
    told_by_template as written_consultant_code,
    consultant_code,
    {{ sources_of_carrier('session_consultant', people_of_session) }}
from decided_session

union all

select
    'rtt_pathway' as record_type,
    rtt_pathway_id as record_id,
    'pathway_consultant' as attribution_role,
    treatment_function_code,
    month_end_on as responsible_on,
    written_code,
    consultant_code as written_consultant_code,
    consultant_code,
    case when consultant_code is not null then 'PAS pathway' end as agreeing_sources,
    null as disagreeing_sources
from pathway
