-- What stands of each record in the words of who carries it: confirmed, disputed or neither.
with dispute as (
    select
        record_type,
        record_id,
        org_unit_key,
        dispute_id,
        facts_hash,
        decision,
        is_withdrawn,
        row_number() over (partition by record_type, record_id, org_unit_key order by dispute_id desc) as recency
    from {{ ref('stg_review__dispute') }}
)

select
    record.record_type,
    record.record_id,
    record.org_unit_key,
    record.occurred_on,
    case
        -- A decided one has done its work once the source says something else; an undecided one waits to be decided.
        when
            not last_dispute.is_withdrawn
            and (
                last_dispute.decision is null
                or (
                    last_dispute.decision not in ('reject', 'reverse')
                    and last_dispute.facts_hash = record.facts_hash
                )
            ) then 'disputed'
        when
            confirmation.facts_hash = record.facts_hash
            and confirmation.act_id > coalesce(last_dispute.dispute_id, 0) then 'confirmed'
        else 'waiting'
    end as validation_state
from {{ ref('int_review_record') }} as record
left join dispute as last_dispute
    on
        record.record_type = last_dispute.record_type
        and record.record_id = last_dispute.record_id
        and record.org_unit_key = last_dispute.org_unit_key
        and last_dispute.recency = 1
left join {{ ref('stg_review__confirmation') }} as confirmation
    on
        record.record_type = confirmation.record_type
        and record.record_id = confirmation.record_id
        and record.org_unit_key = confirmation.org_unit_key
