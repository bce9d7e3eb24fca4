-- A chosen unit beside those below it, those beside it and the one above it; a reader sees the ones granted to them.
with pair as (
    select
        chosen.org_unit_key as chosen_org_unit_key,
        chosen.unit_label,
        member.org_unit_key,
        case
            when member.org_unit_key = chosen.org_unit_key then 'chosen'
            when member.org_unit_key = chosen.parent_org_unit_key then 'above'
            when member.parent_org_unit_key = chosen.then_org_unit_key then 'below'
            else 'beside'
        end as relation
    from {{ ref('rpt_unit') }} as chosen
    inner join {{ ref('rpt_unit') }} as member
        on
            chosen.org_unit_key = member.org_unit_key
            or chosen.parent_org_unit_key = member.org_unit_key
            or chosen.then_org_unit_key = member.parent_org_unit_key
            or (
                chosen.parent_org_unit_key = member.parent_org_unit_key
                and chosen.org_unit_level = member.org_unit_level
            )
    -- as it stands now a unit is compared when it is chosen, or it would be there twice
    where member.org_unit_key = member.then_org_unit_key or member.org_unit_key = chosen.org_unit_key
)

select
    summary.audience,
    summary.org_unit_key,
    pair.chosen_org_unit_key,
    summary.measure_id,
    pair.unit_label,
    pair.relation,
    summary.unit_label as compared_label,
    line.unit_html as compared_html,
    summary.unit_label || ' (' || {{ n_text('summary.record_count_12m', 'summary.is_suppressed_12m') }} || ')'
        as compared_n_label,
    summary.unit_order,
    summary.org_unit_level,
    summary.measure_title,
    summary.measure_family,
    case pair.relation
        when 'chosen' then 'Chosen unit (' when 'above' then 'The whole they belong to (' else 'Units compared ('
    end || summary.unit_symbol || ')' as series_label,
    summary.display_value_12m,
    summary.value_12m_text,
    summary.record_count_12m,
    summary.numerator_12m,
    summary.denominator_12m,
    summary.value_text,
    summary.record_count,
    line.trend_html,
    line.signs_html,
    line.state_html,
    -- Columns of a matrix stand in the order of their names: a bracket is before all letters.
    case when pair.relation = 'chosen' then '(' || summary.unit_label || ')' else summary.unit_label end
        as column_label,
    pair.relation in ('chosen', 'below') as is_within,
    '<div class="cpw-cell">' || line.signs_html || '<div>'
    || {{ chosen_link(html_escape('summary.value_12m_text'), 'summary.unit_label', 'summary.measure_title') }}
    || '<span class="cpw-quiet">'
    || {{ n_text('summary.record_count_12m', 'summary.is_suppressed_12m') }} || '</span>'
    || case when summary.state = 'data not trusted' then '<span class="cpw-warning">Data not trusted</span>' else '' end
    || '</div></div>' as cell_html
from pair
inner join {{ ref('rpt_measure_summary') }} as summary on pair.org_unit_key = summary.org_unit_key
inner join {{ ref('rpt_measure_line') }} as line
    on
        summary.org_unit_key = line.org_unit_key
        and summary.measure_id = line.measure_id
        and summary.audience = line.audience
