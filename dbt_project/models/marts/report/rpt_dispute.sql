-- Disputes about records, for the unit that carried them and the department above it: what waits for a decision, and
-- what was decided of late.
with shown as (
    select
        unit.org_unit_key,
        carrier.org_unit_key as carrier_org_unit_key,
        carrier.unit_label as carrier_label,
        dispute.dispute_id,
        dispute.record_type,
        dispute.record_id,
        dispute.occurred_on,
        dispute.facts,
        dispute.reason,
        dispute.disputed_by_name,
        dispute.disputed_at,
        dispute.state,
        dispute.decided_by_name,
        dispute.decided_at,
        dispute.may_decide,
        dispute.work_item_state
    from {{ source('review_shown', 'dispute_shown') }} as dispute
    inner join {{ ref('rpt_unit') }} as carrier on dispute.org_unit_key = carrier.org_unit_key
    inner join {{ ref('rpt_unit') }} as unit
        on carrier.org_unit_key = unit.org_unit_key or carrier.department_key = unit.org_unit_key
)

select
    unit.org_unit_key,
    unit.unit_label,
    shown.dispute_id,
    shown.carrier_org_unit_key,
    coalesce(shown.carrier_label, '–') as carrier_label,
    coalesce(
        '<a href="/review/dispute/' || shown.dispute_id || '/">'
        || {{ html_escape("replace(shown.record_type, '_', ' ') || ' ' || shown.record_id") }} || '</a>', 'No dispute'
    ) as record_html,
    shown.occurred_on,
    '<div class="cpw-fit"><b>' || coalesce({{ html_escape('shown.reason') }}, '–') || '</b>'
    || coalesce('<br>' || {{ html_escape('shown.facts') }}, '') || '</div>' as reason_html,
    shown.disputed_by_name,
    shown.disputed_at,
    coalesce(shown.state = 'waiting', false) as is_waiting,
    case
        when shown.state = 'waiting' and shown.may_decide then 'Waits for your decision'
        when shown.state = 'waiting' then 'Waits to be decided'
        else
            upper(substring(shown.state, 1, 1)) || substring(shown.state, 2)
            || coalesce(' by ' || shown.decided_by_name || ' on ' || {{ day_text(local_date('shown.decided_at')) }}, '')
            || case shown.work_item_state
                when 'open' then '; the source has still to correct it'
                when 'closed' then '; the source has corrected it'
                when 're-opened' then '; the source had corrected it, and says the same again'
                else ''
            end
    end as state_text
from {{ source('review_shown', 'reach_shown') }} as reach
inner join {{ ref('rpt_unit') }} as unit on reach.org_unit_key = unit.org_unit_key
left join shown on unit.org_unit_key = shown.org_unit_key
where reach.audience = 'inside' and unit.org_unit_level in ('department', 'clinician')
