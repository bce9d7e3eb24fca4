-- Disputes with the last decision about each, of all that was said by the moment of a build. A withdrawn one has none.
with decided as (
    select
        decision.dispute_id,
        decision.act_id,
        decision.decision,
        decision.from_clinician_key,
        decision.to_clinician_key,
        row_number() over (partition by decision.dispute_id order by decision.act_id desc) as recency
    from {{ source('review', 'decision') }} as decision
    inner join {{ acts_taken() }} as act on decision.act_id = act.act_id
),

withdrawn as (
    select withdrawal.dispute_id
    from {{ source('review', 'withdrawal') }} as withdrawal
    inner join {{ acts_taken() }} as act on withdrawal.act_id = act.act_id
)

select
    dispute.act_id as dispute_id,
    dispute.record_type,
    dispute.record_id,
    dispute.org_unit_key,
    dispute.facts_hash,
    dispute.reason,
    decided.act_id as decision_id,
    decided.decision,
    decided.from_clinician_key,
    decided.to_clinician_key,
    withdrawn.dispute_id is not null as is_withdrawn
from {{ source('review', 'dispute') }} as dispute
inner join {{ acts_taken() }} as act on dispute.act_id = act.act_id
left join withdrawn on dispute.act_id = withdrawn.dispute_id
left join decided on dispute.act_id = decided.dispute_id and decided.recency = 1
