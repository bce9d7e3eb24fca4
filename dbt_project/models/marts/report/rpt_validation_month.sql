-- How much of each month of a unit its clinicians have validated, and whether it is signed off. Counts are those of the
-- publication, as in the measure; what is presumed and signed is that of this moment.
with stated as (
    select
        *,
        case state
            when 'signed'
                then
                    'Signed off' || coalesce(' by ' || signed_by_name, '') || ' on '
                    || {{ day_text(local_date('signed_at')) }}
            when 'history' then 'History: from before figures were first published here'
            when 'presumed' then 'Presumed: nobody signed by ' || {{ day_text('deadline_on') }}
            when 'waiting' then coalesce('Waits until ' || {{ day_text('deadline_on') }}, 'Waits')
        end as state_text
    from {{ source('review_shown', 'validation_shown') }}
)

select
    unit.org_unit_key,
    unit.unit_label,
    unit.unit_order,
    unit.org_unit_level,
    shown.month_on,
    '<a href="/review/sign-off/?month=' || substring(cast(shown.month_on as {{ dbt.type_string() }}), 1, 7) || '">'
    || {{ month_text('shown.month_on') }} || '</a>' as month_html,
    shown.is_last,
    coalesce(counted.record_count, 0) as record_count,
    coalesce(counted.confirmed_count, 0) as confirmed_count,
    case when shown.is_presumed then coalesce(counted.waiting_count, 0) else 0 end as presumed_count,
    coalesce(counted.disputed_count, 0) as disputed_count,
    case when shown.is_presumed then 0 else coalesce(counted.waiting_count, 0) end as waiting_count,
    shown.state,
    shown.deadline_on,
    shown.state_text,
    '<div class="cpw-fit">' || {{ html_escape('shown.state_text') }}
    || coalesce('<span class="cpw-quiet">' || {{ html_escape("nullif(shown.comment, '')") }} || '</span>', '')
    || '</div>' as state_html
from stated as shown
inner join {{ ref('rpt_unit') }} as unit on shown.org_unit_key = unit.org_unit_key
left join {{ ref('validation_month') }} as counted
    on shown.org_unit_key = counted.org_unit_key and shown.month_on = counted.month_on
