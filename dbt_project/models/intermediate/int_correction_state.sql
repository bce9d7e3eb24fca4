-- What was accepted and is the source's to correct: open while an extract still says what was disputed.
with still_named as (
    select distinct
        record_type,
        record_id,
        told_consultant_code
    from {{ ref('int_attribution') }}
    where told_consultant_code <> consultant_code
),

judged as (
    select
        dispute.decision_id,
        dispute.record_type,
        dispute.record_id,
        dispute.reason,
        dispute.decision,
        case
            when dispute.decision = 're-attribute' then still_named.record_id is not null
            else record.record_id is not null
        end as is_open
    from {{ ref('stg_review__dispute') }} as dispute
    left join {{ ref('int_clinician') }} as carrier on dispute.from_clinician_key = carrier.clinician_key
    left join still_named
        on
            dispute.record_type = still_named.record_type
            and dispute.record_id = still_named.record_id
            and carrier.consultant_code = still_named.told_consultant_code
    left join {{ ref('int_review_record') }} as record
        on
            dispute.record_type = record.record_type
            and dispute.record_id = record.record_id
            and dispute.facts_hash = record.facts_hash
    where dispute.decision in ('re-attribute', 'exclude', 'source to correct')
)

select
    decision_id,
    record_type,
    record_id,
    reason,
    decision,
    is_open
from judged
