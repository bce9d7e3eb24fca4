-- Objectives, for the unit that agreed them and the department above it: what is to be reached, where it stands, and
-- whether that is a change beyond what chance explains.
with shown as (
    select
        unit.org_unit_key,
        unit.unit_label,
        objective.org_unit_key as carrier_org_unit_key,
        carrier.unit_label as carrier_label,
        carrier.unit_order,
        objective.objective_id,
        objective.measure_id,
        objective.baseline,
        objective.baseline_month_on,
        objective.target,
        objective.by_on,
        objective.owner_name,
        objective.description,
        objective.state,
        objective.value_now,
        objective.month_now_on,
        objective.judgement
    from {{ source('review_shown', 'objective_shown') }} as objective
    inner join {{ ref('rpt_unit') }} as carrier on objective.org_unit_key = carrier.org_unit_key
    inner join {{ ref('rpt_unit') }} as unit
        on carrier.org_unit_key = unit.org_unit_key or carrier.department_key = unit.org_unit_key
)

select
    unit.org_unit_key,
    unit.unit_label,
    shown.objective_id,
    shown.carrier_org_unit_key,
    coalesce(shown.carrier_label, '–') as carrier_label,
    shown.unit_order,
    '<div class="cpw-fit"><b>' || coalesce({{ html_escape('measure.measure_title') }}, 'No objective yet')
    || '</b>' || coalesce('<br>' || {{ html_escape('shown.description') }}, '') || '</div>' as objective_html,
    {{ value_text('shown.baseline', 'measure.unit') }}
    || coalesce(' (12 months to ' || {{ month_text('shown.baseline_month_on') }} || ')', '') as baseline_text,
    {{ value_text('shown.value_now', 'measure.unit') }}
    || coalesce(' (12 months to ' || {{ month_text('shown.month_now_on') }} || ')', '') as now_text,
    {{ value_text('shown.target', 'measure.unit') }} as target_text,
    shown.by_on,
    shown.owner_name,
    case shown.judgement
        when 'really better' then 'Really better: a special cause for the better in the last six months'
        when 'really worse' then 'Really worse: a special cause of concern in the last six months'
        when 'no real change' then 'No real change: within what chance explains'
        when 'too early' then 'Too early to say: fewer than six whole months since then'
    end as judgement_text,
    upper(substring(shown.state, 1, 1)) || substring(shown.state, 2) as state_text
from {{ source('review_shown', 'reach_shown') }} as reach
inner join {{ ref('rpt_unit') }} as unit on reach.org_unit_key = unit.org_unit_key
left join shown on unit.org_unit_key = shown.org_unit_key
left join {{ ref('rpt_measure') }} as measure on shown.measure_id = measure.measure_id
