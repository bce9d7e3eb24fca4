-- Records that who carries them confirms or disputes, of the months that the extracts cover.
select
    record.record_type,
    record.record_id,
    record.spell_id,
    record.org_unit_key,
    {{ month_of('record.occurred_on') }} as month_on,
    record.occurred_on,
    record.facts,
    record.facts_hash,
    record.attribution_text
from {{ ref('int_review_record') }} as record
cross join {{ ref('reporting_period') }} as period
where {{ month_of('record.occurred_on') }} between period.first_month_on and period.last_month_on
