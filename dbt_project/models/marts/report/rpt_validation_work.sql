-- What awaits the reader's own validation, month by month, as it is at this moment.
select
    unit.org_unit_key,
    unit.unit_label,
    work.month_on,
    '<a href="/review/?unit=' || {{ html_escape(url_text('work.org_unit_key')) }} || '&amp;month='
    || substring(cast(work.month_on as {{ dbt.type_string() }}), 1, 7) || '">' || {{ month_text('work.month_on') }}
    || '</a>' as month_html,
    work.record_count,
    work.confirmed_count,
    work.disputed_count,
    case when work.is_presumed then 0 else work.waiting_count end as waiting_count,
    case when work.is_presumed then work.waiting_count else 0 end as presumed_count,
    case when work.month_on >= beginning.first_month_on then work.deadline_on end as deadline_on,
    '<div class="cpw-fit">' || case
        when work.waiting_count = 0 then 'Done'
        when work.month_on < beginning.first_month_on
            then 'History, from before figures were first published here. You may still confirm or dispute'
        when work.is_presumed then 'Presumed: the last day is past. You may still confirm or dispute'
        when work.deadline_on is null then 'The month is not whole yet'
        else 'Waits for you'
    end || '</div>' as state_html
from {{ source('review_shown', 'work_shown') }} as work
inner join {{ ref('rpt_unit') }} as unit on work.org_unit_key = unit.org_unit_key
cross join {{ source('review_shown', 'beginning_shown') }} as beginning
