-- Who carries a record, in which role, by which rule and on whose word: the post valid on the day, or a place for what
-- nobody carries.
with told as (
    {%- for model in ['int_responsible_episode', 'int_responsible_clinic', 'int_responsible_theatre'] %}
    select
        record_type,
        record_id,
        attribution_role,
        treatment_function_code,
        responsible_on,
        written_code,
        written_consultant_code,
        consultant_code,
        agreeing_sources,
        disagreeing_sources
    from {{ ref(model) }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

-- What was decided about disputes stands before what sources say; what they say is kept beside it.
responsible as (
    select
        told.record_type,
        told.record_id,
        told.attribution_role,
        told.treatment_function_code,
        told.responsible_on,
        told.written_code,
        told.written_consultant_code,
        coalesce(correction.to_consultant_code, told.consultant_code) as consultant_code,
        told.consultant_code as told_consultant_code,
        case when correction.record_id is null then told.agreeing_sources else 'review' end as agreeing_sources,
        case when correction.record_id is null then told.disagreeing_sources else told.agreeing_sources end
            as disagreeing_sources
    from told
    left join {{ ref('int_correction') }} as correction
        on
            told.record_type = correction.record_type
            and told.record_id = correction.record_id
            and told.consultant_code = correction.from_consultant_code
),

first_operation as (
    select
        spell_id,
        theatre_case_id,
        -- of two lists on one day only the times say which came first
        row_number() over (
            partition by spell_id
            order by
                list_on,
                case when into_anaesthetic_room_at is null then 1 else 0 end,
                into_anaesthetic_room_at,
                case_order,
                theatre_case_id
        ) as operation_number
    from {{ ref('int_theatre_case') }}
    where is_operated and has_known_list and spell_id is not null
),

-- A spell is carried by whoever answers for one of its episodes, or did its first operation.
spell_role as (
    {%- for role, episode, day in [
        ('admitting_consultant', 'first', 'admitted_on'),
        ('discharging_consultant', 'last', 'discharged_on'),
        ('longest_episode_consultant', 'longest', 'discharged_on'),
    ] %}
    select
        spell_id,
        '{{ role }}' as attribution_role,
        'episode' as told_by_type,
        spell_id || '|' || {{ episode }}_episode_number as told_by_id,
        'episode_consultant' as told_by_role,
        {{ day }} as responsible_on
    from {{ ref('int_spell') }}
    where {{ day }} is not null

    union all
    {% endfor %}
    select
        spell_id,
        'operating_surgeon' as attribution_role,
        'theatre_case' as told_by_type,
        theatre_case_id as told_by_id,
        'operating_surgeon' as told_by_role,
        cast(null as date) as responsible_on
    from first_operation
    where operation_number = 1
),

responsibility as (
    select
        record_type,
        record_id,
        attribution_role,
        treatment_function_code,
        responsible_on,
        written_code,
        written_consultant_code,
        consultant_code,
        told_consultant_code,
        agreeing_sources,
        disagreeing_sources
    from responsible

    union all

    select
        'spell' as record_type,
        spell_role.spell_id as record_id,
        spell_role.attribution_role,
        responsible.treatment_function_code,
        coalesce(spell_role.responsible_on, responsible.responsible_on) as responsible_on,
        responsible.written_code,
        responsible.written_consultant_code,
        coalesce(correction.to_consultant_code, responsible.consultant_code) as consultant_code,
        responsible.told_consultant_code,
        case when correction.record_id is null then responsible.agreeing_sources else 'review' end as agreeing_sources,
        case
            when correction.record_id is null then responsible.disagreeing_sources
            else responsible.agreeing_sources
        end as disagreeing_sources
    from spell_role
    inner join responsible
        on
            spell_role.told_by_id = responsible.record_id
            and spell_role.told_by_type = responsible.record_type
            and spell_role.told_by_role = responsible.attribution_role
    left join {{ ref('int_correction') }} as correction
        on
            correction.record_type = 'spell'
            and spell_role.spell_id = correction.record_id
            and responsible.consultant_code = correction.from_consultant_code
),

-- Records share few combinations of clinician, service and day: each is decided once. What is not known is '', which
-- joins.
combination as (
    select distinct
        coalesce(consultant_code, '') as consultant_code,
        coalesce(treatment_function_code, '') as treatment_function_code,
        responsible_on
    from responsibility
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
    left join {{ ref('int_post') }} as post
        on
            combination.consultant_code = post.consultant_code
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
    decision.rule_id,
    responsibility.written_code,
    responsibility.consultant_code,
    responsibility.told_consultant_code,
    case
        when responsibility.agreeing_sources = 'review' then 'corrected'
        when responsibility.consultant_code is null then 'nobody'
        when responsibility.written_consultant_code is null then 'inferred'
        when responsibility.written_consultant_code <> responsibility.consultant_code then 'outvoted'
        when responsibility.disagreeing_sources is not null then 'contested'
        when responsibility.agreeing_sources like '%,%' then 'agreed'
        else 'single source'
    end as evidence_class,
    responsibility.agreeing_sources,
    responsibility.disagreeing_sources
from responsibility
inner join decision
    on
        coalesce(responsibility.consultant_code, '') = decision.consultant_code
        and coalesce(responsibility.treatment_function_code, '') = decision.treatment_function_code
        and responsibility.responsible_on = decision.responsible_on
