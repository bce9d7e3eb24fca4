-- Who carries a record, in which role, by which rule: the post valid on the day, or a place for what nobody carries.
with first_operation as (
    select
        spell_id,
        operating_surgeon_code,
        treatment_function_code,
        list_on,
        row_number() over (partition by spell_id order by list_on, case_order, theatre_case_id) as operation_number
    from {{ ref('int_theatre_case') }}
    where is_operated and has_known_list and spell_id is not null
),

responsibility as (
    select
        'spell' as record_type,
        spell_id as record_id,
        'discharging_consultant' as attribution_role,
        last_consultant_code as consultant_code,
        last_treatment_function_code as treatment_function_code,
        discharged_on as responsible_on
    from {{ ref('int_spell') }}
    where discharged_on is not null

    union all

    select
        'spell' as record_type,
        spell_id as record_id,
        'admitting_consultant' as attribution_role,
        first_consultant_code as consultant_code,
        first_treatment_function_code as treatment_function_code,
        admitted_on as responsible_on
    from {{ ref('int_spell') }}

    union all

    select
        'spell' as record_type,
        spell_id as record_id,
        'longest_episode_consultant' as attribution_role,
        longest_consultant_code as consultant_code,
        longest_treatment_function_code as treatment_function_code,
        discharged_on as responsible_on
    from {{ ref('int_spell') }}
    where discharged_on is not null

    union all

    select
        'attendance' as record_type,
        attendance_id as record_id,
        'clinic_consultant' as attribution_role,
        consultant_code,
        treatment_function_code,
        appointment_on as responsible_on
    from {{ ref('int_attendance') }}

    union all

    select
        'theatre_list' as record_type,
        theatre_list_id as record_id,
        'list_owner' as attribution_role,
        list_owner_code as consultant_code,
        treatment_function_code,
        list_on as responsible_on
    from {{ ref('int_theatre_list') }}

    union all

    select
        'theatre_case' as record_type,
        theatre_case_id as record_id,
        'operating_surgeon' as attribution_role,
        operating_surgeon_code as consultant_code,
        treatment_function_code,
        list_on as responsible_on
    from {{ ref('int_theatre_case') }}
    where has_known_list

    union all

    select
        'episode' as record_type,
        episode_id as record_id,
        'episode_consultant' as attribution_role,
        consultant_code as consultant_code,
        treatment_function_code as treatment_function_code,
        ended_on as responsible_on
    from {{ ref('int_episode') }}
    where ended_on is not null

    union all

    select
        'clinic_session' as record_type,
        clinic_session_id as record_id,
        'clinic_consultant' as attribution_role,
        consultant_code as consultant_code,
        treatment_function_code as treatment_function_code,
        session_on as responsible_on
    from {{ ref('int_clinic_session') }}

    union all

    select
        'rtt_pathway' as record_type,
        rtt_pathway_id as record_id,
        'pathway_consultant' as attribution_role,
        consultant_code as consultant_code,
        treatment_function_code as treatment_function_code,
        month_end_on as responsible_on
    from {{ ref('int_rtt_pathway') }}

    union all

    select
        'theatre_case' as record_type,
        theatre_case_id as record_id,
        'supervising_consultant' as attribution_role,
        coalesce(supervising_consultant_code, operating_surgeon_code) as consultant_code,
        treatment_function_code as treatment_function_code,
        list_on as responsible_on
    from {{ ref('int_theatre_case') }}
    where has_known_list

    union all

    select
        'theatre_case' as record_type,
        theatre_case_id as record_id,
        'anaesthetist' as attribution_role,
        anaesthetist_code as consultant_code,
        treatment_function_code as treatment_function_code,
        list_on as responsible_on
    from {{ ref('int_theatre_case') }}
    where has_known_list

    union all

    select
        'spell' as record_type,
        spell_id as record_id,
        'operating_surgeon' as attribution_role,
        operating_surgeon_code as consultant_code,
        treatment_function_code,
        list_on as responsible_on
    from first_operation
    where operation_number = 1
),

-- Records share few combinations of clinician, service and day: each is decided once. A missing code is '': it joins.
combination as (
    select distinct
        coalesce(consultant_code, '') as consultant_code,
        coalesce(treatment_function_code, '') as treatment_function_code,
        responsible_on
    from responsibility
),

code as (
    select
        consultant_code,
        {{ written_clinician('consultant_code') }} as written_as
    from (select distinct consultant_code from combination) as distinct_code
),

-- Whom a code or name means, on the days on which that is sure.
meaning as (
    select distinct
        code.consultant_code as written_code,
        identity.consultant_code,
        identity.valid_from_on,
        identity.valid_to_on
    from code
    inner join {{ ref('int_clinician_identity') }} as identity on code.written_as = identity.written_as
    where identity.confidence <> 'ambiguous'
),

service_day as (
    select distinct
        treatment_function_code,
        responsible_on
    from combination
),

service as (
    select
        service_day.treatment_function_code,
        service_day.responsible_on,
        min(department.department_key) as department_key,
        min(department.department_code) as department_code
    from service_day
    inner join {{ ref('int_department_service') }} as department
        on
            service_day.treatment_function_code = department.treatment_function_code
            and service_day.responsible_on between department.valid_from_on
            and coalesce(department.valid_to_on, cast('{{ var("last_day") }}' as date))
    group by service_day.treatment_function_code, service_day.responsible_on
),

choice as (
    select
        combination.consultant_code,
        combination.treatment_function_code,
        combination.responsible_on,
        post.post_id,
        coalesce(post.department_key = service.department_key, false) as is_in_service,
        service.department_code,
        row_number() over (
            partition by
                combination.consultant_code, combination.treatment_function_code, combination.responsible_on
            order by
                case when post.department_key = service.department_key then 0 else 1 end asc,
                post.post_share desc,
                post.post_id asc
        ) as preference
    from combination
    left join service
        on
            combination.treatment_function_code = service.treatment_function_code
            and combination.responsible_on = service.responsible_on
    left join meaning
        on
            combination.consultant_code = meaning.written_code
            and combination.responsible_on between meaning.valid_from_on and meaning.valid_to_on
    left join {{ ref('int_post') }} as post
        on
            meaning.consultant_code = post.consultant_code
            and combination.responsible_on between post.valid_from_on
            and coalesce(post.valid_to_on, cast('{{ var("last_day") }}' as date))
),

trust as (
    select min(org_unit_code) as org_unit_code
    from {{ ref('int_organisation') }}
    where org_unit_level = 'trust'
),

decision as (
    select
        choice.consultant_code,
        choice.treatment_function_code,
        choice.responsible_on,
        case
            when choice.post_id is not null then 'post:' || choice.post_id
            when choice.department_code is not null then 'unattributed:' || choice.department_code
            else 'unattributed:' || trust.org_unit_code
        end as org_unit_key,
        case
            when choice.post_id is not null and choice.is_in_service then 'A1'
            when choice.post_id is not null then 'A2'
            when choice.department_code is not null then 'U1'
            else 'U2'
        end as rule_id
    from choice
    cross join trust
    where choice.preference = 1
)

select
    responsibility.record_type,
    responsibility.record_id,
    responsibility.attribution_role,
    decision.org_unit_key,
    responsibility.consultant_code,
    decision.rule_id
from responsibility
inner join decision
    on
        coalesce(responsibility.consultant_code, '') = decision.consultant_code
        and coalesce(responsibility.treatment_function_code, '') = decision.treatment_function_code
        and responsibility.responsible_on = decision.responsible_on
