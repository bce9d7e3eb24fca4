-- What was last confirmed of each record by each carrier, of all that had been said by the moment of this build.
select
    ranked.record_type,
    ranked.record_id,
    ranked.org_unit_key,
    ranked.facts_hash,
    ranked.act_id
from (
    select
        confirmation.record_type,
        confirmation.record_id,
        confirmation.org_unit_key,
        confirmation.facts_hash,
        confirmation.act_id,
        row_number() over (
            partition by confirmation.record_type, confirmation.record_id, confirmation.org_unit_key
            order by confirmation.act_id desc
        ) as recency
    from {{ source('review', 'confirmation') }} as confirmation
    inner join {{ acts_taken() }} as act on confirmation.act_id = act.act_id
) as ranked
where ranked.recency = 1
