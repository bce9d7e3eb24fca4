-- theatre_utilisation_capped: minutes within the planned list in which at least one patient was in theatre care.
with touch as (
    select
        theatre_case.theatre_list_id,
        theatre_case.theatre_case_id,
        greatest(theatre_case.into_anaesthetic_room_at, theatre_list.planned_start_at) as start_at,
        least(theatre_case.out_of_theatre_at, theatre_list.planned_finish_at) as finish_at
    from {{ ref('int_theatre_case') }} as theatre_case
    inner join {{ ref('int_theatre_list') }} as theatre_list
        on theatre_case.theatre_list_id = theatre_list.theatre_list_id
    where theatre_case.is_operated and theatre_case.has_usable_times
),

-- Patients overlap (the next anaesthetic begins first), and a minute counts once: of each interval only what lies
-- after the latest finish of the intervals that began before it.
sequenced as (
    select
        theatre_list_id,
        start_at,
        finish_at,
        max(finish_at) over (
            partition by theatre_list_id
            order by start_at, finish_at, theatre_case_id
            rows between unbounded preceding and 1 preceding
        ) as covered_to_at
    from touch
    where start_at < finish_at
),

used as (
    select
        theatre_list_id,
        sum({{ minutes_between('greatest(start_at, covered_to_at)', 'finish_at') }}) as used_minutes
    from sequenced
    where covered_to_at is null or finish_at > covered_to_at
    group by theatre_list_id
),

candidate as (
    select
        theatre_list.theatre_list_id as record_id,
        theatre_list.list_on as occurred_on,
        case
            when not theatre_list.is_elective then 'not an elective list'
            when theatre_list.is_cancelled then 'list cancelled'
            when not theatre_list.has_usable_planned_times then 'planned times not usable'
            when not theatre_list.has_usable_case_times then 'case times missing or out of order'
        end as exclusion_reason,
        coalesce(used.used_minutes, 0) as numerator,
        theatre_list.planned_minutes as denominator,
        concat_ws(
            '', theatre_list.operated_case_count, ' operated; ', round(coalesce(used.used_minutes, 0)),
            ' of ', round(theatre_list.planned_minutes), ' planned minutes used.'
        ) as evidence
    from {{ ref('int_theatre_list') }} as theatre_list
    left join used on theatre_list.theatre_list_id = used.theatre_list_id
)

{{ measure_rows('theatre_list') }}
