-- What needs a decision of those who lead: disputes that have waited for two weeks, months that nobody signed in time,
-- deliveries that are held. Counts by department: no record and no name of a clinician.
with unsigned_month as (
    select
        unit_label,
        org_unit_key,
        unit_order,
        count(*) as month_count,
        min(month_on) as first_month_on,
        min(deadline_on) as first_deadline_on
    from {{ ref('rpt_validation_month') }}
    where state = 'presumed' and record_count > 0 and org_unit_level <> 'clinician'
    group by unit_label, org_unit_key, unit_order
),

waiting as (
    select
        unit.unit_label,
        unit.org_unit_key,
        unit.unit_order,
        dispute.overdue_count,
        dispute.waiting_since_on
    from {{ source('review_shown', 'waiting_shown') }} as dispute
    inner join {{ ref('rpt_unit') }} as unit on dispute.org_unit_key = unit.org_unit_key
    where dispute.overdue_count > 0
),

need as (
    select
        1 as need_order,
        'Disputes' as need_text,
        org_unit_key,
        unit_label,
        unit_order,
        {{ number_text('overdue_count') }}
        || case when overdue_count = 1 then ' dispute waits' else ' disputes wait' end
        || ' for longer than two weeks: the lead, the coder or the director decides' as sentence,
        waiting_since_on as since_on
    from waiting

    union all

    select
        2 as need_order,
        'Sign-off' as need_text,
        org_unit_key,
        unit_label,
        unit_order,
        {{ number_text('month_count') }} || case when month_count = 1 then ' month is' else ' months are' end
        || ' not signed off, the first of them ' || {{ month_text('first_month_on') }} as sentence,
        first_deadline_on as since_on
    from unsigned_month

    union all

    select
        3 as need_order,
        'Deliveries' as need_text,
        cast(null as {{ dbt.type_string() }}) as org_unit_key,
        'All units' as unit_label,
        0 as unit_order,
        upper(substring(held_text, 1, 1)) || substring(held_text, 2) || ': to be released or rejected' as sentence,
        cast(null as date) as since_on
    from {{ ref('rpt_held_feed') }}
    where exists (select 1 from {{ source('review_shown', 'reach_shown') }})
),

nothing as (
    select
        4 as need_order,
        'Nothing' as need_text,
        cast(null as {{ dbt.type_string() }}) as org_unit_key,
        '–' as unit_label,
        0 as unit_order,
        'Nothing waits for a decision.' as sentence,
        cast(null as date) as since_on
    from (select count(*) as need_count from need) as counted
    where counted.need_count = 0 and exists (select 1 from {{ source('review_shown', 'reach_shown') }})
)

{% for rows in ['need', 'nothing'] -%}
select
    need_order,
    need_text,
    org_unit_key,
    unit_label,
    unit_order,
    '<div class="cpw-fit">' || {{ html_escape('sentence') }} || '</div>' as sentence_html,
    since_on,
    coalesce({{ day_text('since_on') }}, '–') as since_text
from {{ rows }}
{%- if not loop.last %}

union all

{% endif %}
{%- endfor %}
