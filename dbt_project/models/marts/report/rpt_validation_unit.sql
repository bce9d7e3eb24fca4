-- How much of its records each unit has validated, in the last whole month and in twelve: confirmed and presumed apart.
with counted as (
    select
        org_unit_key,
        unit_label,
        unit_order,
        sum(case when is_last then record_count else 0 end) as record_count,
        sum(case when is_last then confirmed_count else 0 end) as confirmed_count,
        sum(case when is_last then presumed_count else 0 end) as presumed_count,
        sum(case when is_last then disputed_count else 0 end) as disputed_count,
        sum(case when is_last then waiting_count else 0 end) as waiting_count,
        sum(record_count) as record_count_12m,
        sum(confirmed_count) as confirmed_count_12m,
        sum(presumed_count) as presumed_count_12m,
        sum(disputed_count) as disputed_count_12m,
        sum(waiting_count) as waiting_count_12m,
        sum(case when state = 'signed' then 1 else 0 end) as signed_count,
        count(*) as month_count
    from {{ ref('rpt_validation_month') }}
    where record_count > 0
    group by org_unit_key, unit_label, unit_order
)

select
    org_unit_key,
    unit_label,
    unit_order,
    '<div class="cpw-fit">' || {{ chosen_link(html_escape('unit_label'), 'unit_label') }} || '</div>' as unit_html,
    {%- for end in ['', '_12m'] %}
    cast(record_count{{ end }} as bigint) as record_count{{ end }},
    {%- for state in ['confirmed', 'presumed', 'disputed', 'waiting'] %}
    {{ number_text(state ~ '_count' ~ end) }} || case
        when record_count{{ end }} > 0
            then
                ' (' || {{ number_text('100.0 * ' ~ state ~ '_count' ~ end ~ ' / nullif(record_count' ~ end ~ ', 0)') }}
                || '%)'
        else ''
    end as {{ state }}{{ end }}_text,
    {%- endfor %}
    {%- endfor %}
    signed_count || ' of ' || month_count as signed_text
from counted
