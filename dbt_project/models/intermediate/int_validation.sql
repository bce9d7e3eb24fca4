-- What stands of each record in the words of who carries it: confirmed, disputed or neither.
with open_dispute as (
    select distinct
        record_type,
        record_id,
        org_unit_key,
        facts_hash
    from {{ ref('stg_review__dispute') }}
    where coalesce(decision, 'none') not in ('reject', 'reverse')
),

last_dispute as (
    select
        record_type,
        record_id,
        org_unit_key,
        max(dispute_id) as dispute_id
    from {{ ref('stg_review__dispute') }}
    group by record_type, record_id, org_unit_key
)

select
    record.record_type,
    record.record_id,
    record.org_unit_key,
    record.occurred_on,
    case
        when open_dispute.record_id is not null then 'disputed'
        when
            confirmation.facts_hash = record.facts_hash
            and confirmation.act_id > coalesce(last_dispute.dispute_id, 0) then 'confirmed'
        else 'waiting'
    end as validation_state
from {{ ref('int_review_record') }} as record
left join open_dispute
    on
        record.record_type = open_dispute.record_type
        and record.record_id = open_dispute.record_id
        and record.org_unit_key = open_dispute.org_unit_key
        and record.facts_hash = open_dispute.facts_hash
left join last_dispute
    on
        record.record_type = last_dispute.record_type
        and record.record_id = last_dispute.record_id
        and record.org_unit_key = last_dispute.org_unit_key
left join {{ ref('stg_review__confirmation') }} as confirmation
    on
        record.record_type = confirmation.record_type
        and record.record_id = confirmation.record_id
        and record.org_unit_key = confirmation.org_unit_key
