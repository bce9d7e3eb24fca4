-- Months from which the limits of a series are calculated anew, of all that had been said by the moment of this build.
select
    rebase.org_unit_key,
    rebase.measure_id,
    rebase.from_on,
    min(rebase.reason) as reason
from {{ source('review', 'rebase') }} as rebase
inner join {{ acts_taken() }} as act on rebase.act_id = act.act_id
where
    not exists (
        select 1
        from {{ source('review', 'ending') }} as ending
        inner join {{ acts_taken() }} as ended on ending.act_id = ended.act_id
        where ending.ended_id = rebase.act_id
    )
group by rebase.org_unit_key, rebase.measure_id, rebase.from_on
