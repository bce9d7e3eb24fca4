-- Who carries a record instead of whom: what was decided about disputes, and decided again about the new carrier.
with recursive re_attribution as (
    select
        dispute.decision_id,
        dispute.record_type,
        dispute.record_id,
        carrier.consultant_code as from_consultant_code,
        successor.consultant_code as to_consultant_code
    from {{ ref('stg_review__dispute') }} as dispute
    inner join {{ ref('int_clinician') }} as carrier on dispute.from_clinician_key = carrier.clinician_key
    inner join {{ ref('int_clinician') }} as successor on dispute.to_clinician_key = successor.clinician_key
    where dispute.decision = 're-attribute'
),

-- From whom the sources name, over each successor, to the last: only what was decided later goes on.
followed as (
    select
        decision_id,
        record_type,
        record_id,
        from_consultant_code,
        to_consultant_code,
        decision_id as last_decision_id
    from re_attribution

    union all

    select
        followed.decision_id,
        followed.record_type,
        followed.record_id,
        followed.from_consultant_code,
        later.to_consultant_code,
        later.decision_id as last_decision_id
    from followed
    inner join re_attribution as later
        on
            followed.record_type = later.record_type
            and followed.record_id = later.record_id
            and followed.to_consultant_code = later.from_consultant_code
            and followed.last_decision_id < later.decision_id
),

ranked as (
    select
        record_type,
        record_id,
        from_consultant_code,
        to_consultant_code,
        row_number() over (
            partition by record_type, record_id, from_consultant_code
            order by decision_id desc, last_decision_id desc
        ) as recency
    from followed
)

select
    record_type,
    record_id,
    from_consultant_code,
    to_consultant_code
from ranked
where recency = 1
