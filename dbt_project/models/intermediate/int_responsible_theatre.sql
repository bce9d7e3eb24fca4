-- Who owns a theatre list, and who operates, supervises and anaesthetises a case, weighed from what each source says.
{%- set people_of_list = ['list_owner', 'answerable'] %}
{%- set people_of_case = ['answerable', 'list_owner'] %}
with theatre_case as (
    select
        theatre_case.theatre_case_id,
        theatre_case.theatre_list_id,
        theatre_case.list_on,
        theatre_case.treatment_function_code,
        theatre_case.operating_surgeon_code as written_surgeon,
        theatre_case.supervising_consultant_code as written_supervisor,
        theatre_case.anaesthetist_code as written_anaesthetist,
        theatre_case.case_urgency_code in {{ clinical_codes('elective_case') }}
        and theatre_case.is_operated as is_elective_operation,
        surgeon.consultant_code as surgeon,
        anaesthetist.consultant_code as anaesthetist,
        -- Whoever supervises answers for the case; a consultant who operates answers for it alone.
        coalesce(
            supervisor.consultant_code, case when clinician.grade = 'consultant' then surgeon.consultant_code end
        ) as answerable
    from {{ ref('int_theatre_case') }} as theatre_case
    left join {{ ref('int_clinician_meaning') }} as surgeon
        on
            theatre_case.operating_surgeon_code = surgeon.written_code
            and theatre_case.list_on between surgeon.valid_from_on and surgeon.valid_to_on
    left join {{ ref('int_clinician_meaning') }} as supervisor
        on
            theatre_case.supervising_consultant_code = supervisor.written_code
            and theatre_case.list_on between supervisor.valid_from_on and supervisor.valid_to_on
    left join {{ ref('int_clinician_meaning') }} as anaesthetist
        on
            theatre_case.anaesthetist_code = anaesthetist.written_code
            and theatre_case.list_on between anaesthetist.valid_from_on and anaesthetist.valid_to_on
    left join {{ ref('int_clinician') }} as clinician on surgeon.consultant_code = clinician.consultant_code
    where theatre_case.has_known_list
),

-- Elective cases speak of the owner of their list where all name one consultant.
told_by_cases as (
    select
        theatre_list_id,
        min(answerable) as answerable
    from theatre_case
    where is_elective_operation
    group by theatre_list_id
    having min(answerable) = max(answerable)
),

theatre_list as (
    select
        theatre_list.theatre_list_id,
        theatre_list.list_on,
        theatre_list.treatment_function_code,
        theatre_list.list_owner_code as written_owner,
        list_owner.consultant_code as list_owner,
        told_by_cases.answerable
    from {{ ref('int_theatre_list') }} as theatre_list
    left join {{ ref('int_clinician_meaning') }} as list_owner
        on
            theatre_list.list_owner_code = list_owner.written_code
            and theatre_list.list_on between list_owner.valid_from_on and list_owner.valid_to_on
    left join told_by_cases on theatre_list.theatre_list_id = told_by_cases.theatre_list_id
),

supervised as (
    select
        theatre_case.theatre_case_id,
        theatre_case.list_on,
        theatre_case.treatment_function_code,
        coalesce(theatre_case.written_supervisor, theatre_case.written_surgeon) as written_code,
        theatre_case.answerable,
        case when theatre_case.is_elective_operation then theatre_list.list_owner end as list_owner
    from theatre_case
    left join theatre_list on theatre_case.theatre_list_id = theatre_list.theatre_list_id
),

decided_list as {{ computed_once() }} (
    select
        theatre_list_id,
        list_on,
        treatment_function_code,
        written_owner,
        list_owner,
        answerable,
        {{ carrier('list_owner', people_of_list) }} as consultant_code
    from theatre_list
),

decided_case as {{ computed_once() }} (
    select
        theatre_case_id,
        list_on,
        treatment_function_code,
        written_code,
        answerable,
        list_owner,
        {{ carrier('supervising_consultant', people_of_case) }} as consultant_code
    from supervised
)

select
    'theatre_list' as record_type,
    theatre_list_id as record_id,
    'list_owner' as attribution_role,
    treatment_function_code,
    list_on as responsible_on,
    written_owner as written_code,
    list_owner as written_consultant_code,
    consultant_code,
    {{ sources_of_carrier('list_owner', people_of_list) }}
from decided_list

union all

select
    'theatre_case' as record_type,
    theatre_case_id as record_id,
    'operating_surgeon' as attribution_role,
    treatment_function_code,
    list_on as responsible_on,
    written_surgeon as written_code,
    surgeon as written_consultant_code,
    surgeon as consultant_code,
    case when surgeon is not null then 'theatre case' end as agreeing_sources,
    null as disagreeing_sources
from theatre_case

union all

select
    'theatre_case' as record_type,
    theatre_case_id as record_id,
    'supervising_consultant' as attribution_role,
    treatment_function_code,
    list_on as responsible_on,
    written_code,
    answerable as written_consultant_code,
    consultant_code,
    {{ sources_of_carrier('supervising_consultant', people_of_case) }}
from decided_case

union all

select
    'theatre_case' as record_type,
    theatre_case_id as record_id,
    'anaesthetist' as attribution_role,
    treatment_function_code,
    list_on as responsible_on,
    written_anaesthetist as written_code,
    anaesthetist as written_consultant_code,
    anaesthetist as consultant_code,
    case when anaesthetist is not null then 'theatre case' end as agreeing_sources,
    null as disagreeing_sources
from theatre_case
