-- Which consultant answers for an episode, weighed from PAS, waiting list and theatre.
{%- set people = ['told_by_pas', 'told_by_waiting_list', 'told_by_cases', 'told_by_lists'] %}
with last_known as (
    select cast('{{ var("last_day") }}' as date) as last_day_on
),

episode as (
    select
        episode.episode_id,
        episode.spell_id,
        episode.episode_number,
        episode.started_on,
        coalesce(episode.ended_on, episode.discharged_on) as ended_on,
        coalesce(episode.ended_on, episode.started_on) as responsible_on,
        episode.treatment_function_code,
        episode.consultant_code as written_code,
        meaning.consultant_code as told_by_pas,
        -- An entry on the waiting list speaks of who admitted the patient: of the first episode.
        case when episode.episode_number = 1 then listed.consultant_code end as told_by_waiting_list
    from {{ ref('int_episode') }} as episode
    left join {{ ref('int_clinician_meaning') }} as meaning
        on
            episode.consultant_code = meaning.written_code
            and episode.started_on between meaning.valid_from_on and meaning.valid_to_on
    left join {{ ref('int_waiting_list_entry') }} as entry
        on
            episode.elective_admission_list_entry_id = entry.elective_admission_list_entry_id
            and episode.admission_method_code in {{ clinical_codes('elective_admission') }}
    left join {{ ref('int_clinician_meaning') }} as listed
        on
            entry.consultant_code = listed.written_code
            and episode.started_on between listed.valid_from_on and listed.valid_to_on
),

operation as (
    select
        theatre_case.theatre_case_id,
        theatre_case.spell_id,
        theatre_case.list_on,
        supervised.written_consultant_code as told_by_case,
        owned.written_consultant_code as told_by_list
    from {{ ref('int_theatre_case') }} as theatre_case
    inner join {{ ref('int_responsible_theatre') }} as supervised
        on
            theatre_case.theatre_case_id = supervised.record_id
            and supervised.record_type = 'theatre_case'
            and supervised.attribution_role = 'supervising_consultant'
    inner join {{ ref('int_responsible_theatre') }} as owned
        on
            theatre_case.theatre_list_id = owned.record_id
            and owned.record_type = 'theatre_list'
    -- Whoever operates in an emergency need not be who has the patient.
    where theatre_case.is_operated and theatre_case.case_urgency_code in {{ clinical_codes('elective_case') }}
),

-- On the day of a transfer the operation belongs to the earlier episode.
placed as (
    select
        episode.episode_id,
        operation.told_by_case,
        operation.told_by_list,
        row_number() over (
            partition by operation.theatre_case_id order by episode.episode_number
        ) as preference
    from operation
    inner join episode on operation.spell_id = episode.spell_id
    cross join last_known
    where operation.list_on between episode.started_on and coalesce(episode.ended_on, last_known.last_day_on)
),

-- Several operations of an episode speak where they name one consultant.
told_by_theatre as (
    select
        episode_id,
        case when min(told_by_case) = max(told_by_case) then min(told_by_case) end as told_by_cases,
        case when min(told_by_list) = max(told_by_list) then min(told_by_list) end as told_by_lists
    from placed
    where preference = 1
    group by episode_id
),

told as (
    select
        episode.episode_id,
        episode.responsible_on,
        episode.treatment_function_code,
        episode.written_code,
        episode.told_by_pas,
        episode.told_by_waiting_list,
        told_by_theatre.told_by_cases,
        told_by_theatre.told_by_lists
    from episode
    left join told_by_theatre on episode.episode_id = told_by_theatre.episode_id
),

decided as {{ computed_once() }} (
    select
        episode_id,
        responsible_on,
        treatment_function_code,
        written_code,
        told_by_pas,
        told_by_waiting_list,
        told_by_cases,
        told_by_lists,
        {{ carrier('episode_consultant', people) }} as consultant_code
    from told
)

select
    'episode' as record_type,
    episode_id as record_id,
    'episode_consultant' as attribution_role,
    treatment_function_code,
    responsible_on,
    written_code,
    told_by_pas as written_consultant_code,
    consultant_code,
    {{ sources_of_carrier('episode_consultant', people) }}
from decided
