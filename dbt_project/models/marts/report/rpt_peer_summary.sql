-- What the picture of colleagues shows, in a sentence; and why there is none, where there is none.
with point as (
    select
        org_unit_key,
        measure_id,
        count(colleague_value) as peer_count,
        count(upper_998) > 0 as has_limits,
        max(your_value) as your_value,
        percentile_cont(0.25) within group (order by colleague_value) as lower_quartile,
        percentile_cont(0.75) within group (order by colleague_value) as upper_quartile
    from {{ ref('rpt_peer_comparison') }}
    group by org_unit_key, measure_id
),

told as (
    select
        point.org_unit_key,
        point.measure_id,
        point.peer_count,
        point.has_limits,
        point.lower_quartile,
        point.upper_quartile,
        point.your_value,
        summary.unit_label,
        summary.measure_title,
        summary.org_unit_level,
        summary.state_month_label,
        measure.case_mix_model is not null and point.has_limits as is_against_expected,
        case
            when measure.case_mix_model is not null and point.has_limits then 'observed over expected'
            else summary.unit_symbol
        end as unit_symbol
    from point
    inner join {{ ref('rpt_measure_summary') }} as summary
        on
            point.org_unit_key = summary.org_unit_key
            and point.measure_id = summary.measure_id
            and summary.audience = 'inside'
    inner join {{ ref('rpt_measure') }} as measure on point.measure_id = measure.measure_id
)

select
    org_unit_key,
    measure_id,
    unit_label,
    measure_title,
    cast(peer_count as integer) as peer_count,
    '<div class="cpw-block cpw-plain cpw-fit"><b>' || {{ html_escape('measure_title') }} || ', '
    || {{ html_escape('unit_symbol') }} || '</b>, 12 months to ' || coalesce(state_month_label, 'the last month')
    || '. '
    || coalesce('<b>You: ' || {{ number_text('your_value', 2) }} || '.</b> ', '')
    || case
        when peer_count = 0
            then
                'Fewer than five colleagues in the department have enough records of this measure, '
                || 'so none is shown: somebody could be recognised.'
        else
            'Of ' || peer_count
            || case org_unit_level when 'clinician' then ' colleagues in your' else ' clinicians of the' end
            || ' department, the middle half lie between '
            || {{ number_text('cast(lower_quartile as numeric)', 2) }} || ' and '
            || {{ number_text('cast(upper_quartile as numeric)', 2) }} || '. '
            || case
                when not has_limits
                    then 'Nobody is compared by this measure, so no limits are drawn. '
                when is_against_expected
                    then
                        'From left to right: the number that was expected of the patients. Chance alone leaves 95 % of '
                        || 'clinicians between the inner limits, 99.8 % between the outer. '
                else
                    'From left to right: n, what the value is out of. Chance alone leaves 95 % of clinicians between '
                    || 'the inner limits, 99.8 % between the outer. '
            end
            || 'Points carry no names; where they stand is a start for a conversation, not a verdict.'
    end || '</div>' as summary_html
from told
