-- What the picture of colleagues shows, in a sentence; and why there is none, where there is none.
with point as (
    select
        org_unit_key,
        measure_id,
        count(colleague_value) as peer_count,
        percentile_cont(0.25) within group (order by colleague_value) as lower_quartile,
        percentile_cont(0.75) within group (order by colleague_value) as upper_quartile
    from {{ ref('rpt_peer_comparison') }}
    group by org_unit_key, measure_id
)

select
    summary.org_unit_key,
    summary.measure_id,
    summary.unit_label,
    summary.measure_title,
    cast(point.peer_count as integer) as peer_count,
    '<div class="cpw-block cpw-plain cpw-fit"><b>You: ' || summary.value_12m_text
    || '</b> over the 12 months to ' || summary.month_label
    || ' (n = ' || {{ number_text('summary.record_count_12m') }} || '). '
    || case
        when point.peer_count = 0
            then
                'Fewer than five colleagues in your department have enough records of this measure, '
                || 'so none is shown: somebody could be recognised.'
        else
            'Of ' || point.peer_count || ' colleagues in your department, the middle half lie between '
            || {{ number_text('cast(point.lower_quartile as numeric)', 1) }} || ' and '
            || {{ number_text('cast(point.upper_quartile as numeric)', 1) }} || ' ' || summary.unit_symbol
            || '. Points carry no names; where they stand is a start for a conversation, not a verdict.'
    end || '</div>' as summary_html
from point
inner join {{ ref('rpt_measure_summary') }} as summary
    on
        point.org_unit_key = summary.org_unit_key
        and point.measure_id = summary.measure_id
        and summary.audience = 'inside'
