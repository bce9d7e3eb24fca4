-- Which patient a hospital number means: the one whose number survived all merges, known by a key from here on.
{{ config(schema='identity') }}

{#- Each round looks twice as far along the merges: so many rounds follow 1024 of them, one after another. -#}
{%- set rounds = 10 -%}

with pseudonym as (
    select
        identifier,
        pseudonym
    from {{ source('identity', 'pseudonym') }}
    where purpose = 'patient'
),

event as (
    select
        minor_patient_id,
        major_patient_id,
        merged_at,
        is_merge,
        row_number() over (partition by minor_patient_id order by merged_at desc, major_patient_id asc) as recency
    from {{ ref('stg_pas__patient_merge') }}
),

-- What PAS said last of a number: into which it went, unless that was undone.
merged as (
    select
        minor_patient_id as patient_id,
        major_patient_id,
        merged_at
    from event
    where recency = 1 and is_merge and minor_patient_id <> major_patient_id
),

step_0 as (
    select
        patient_id,
        major_patient_id as reached_id,
        patient_id as least_id
    from merged
),

{% for round in range(1, rounds + 1) -%}
step_{{ round }} as (
    select
        step.patient_id,
        coalesce(onward.reached_id, step.reached_id) as reached_id,
        case when onward.least_id < step.least_id then onward.least_id else step.least_id end as least_id
    from step_{{ round - 1 }} as step
    left join step_{{ round - 1 }} as onward on step.reached_id = onward.patient_id
),

{% endfor -%}
-- Numbers that are still not at an end run in a circle, and have all reached a number that is in it.
circle as (
    select distinct step.reached_id as patient_id
    from step_{{ rounds }} as step
    inner join merged on step.reached_id = merged.patient_id
),

-- The circle is cut where PAS spoke last: the number into which that merge went survives.
cut as (
    select
        circle.patient_id,
        first_value(merged.major_patient_id) over (
            partition by step.least_id order by merged.merged_at desc, merged.major_patient_id asc
        ) as surviving_patient_id
    from circle
    inner join step_{{ rounds }} as step on circle.patient_id = step.patient_id
    inner join merged on circle.patient_id = merged.patient_id
),

survivor as (
    select
        pseudonym.identifier as local_patient_id,
        coalesce(cut.surviving_patient_id, step.reached_id, pseudonym.identifier) as surviving_patient_id,
        cut.patient_id is not null as is_in_circle
    from pseudonym
    left join step_{{ rounds }} as step on pseudonym.identifier = step.patient_id
    left join cut on step.reached_id = cut.patient_id
)

select
    survivor.local_patient_id,
    survivor.surviving_patient_id,
    pseudonym.pseudonym as patient_key,
    survivor.is_in_circle
from survivor
left join pseudonym on survivor.surviving_patient_id = pseudonym.identifier
