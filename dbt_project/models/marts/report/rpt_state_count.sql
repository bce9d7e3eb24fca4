-- How many measures of a unit say what: the page's first look at where to look, trust to department. Clinicians are left
-- out: measures of a person that ask for a look are no number to be compared.
select
    audience,
    org_unit_key,
    unit_label,
    unit_order,
    count(*) as measure_count,
    {%- for name, states in {
        'calm_count': "'no special cause'", 'better_count': "'improving', 'better than expected'",
        'look_count': "'look: higher than expected', 'look: lower than expected'", 'few_count': "'too few to say'",
        'untrusted_count': "'data not trusted'",
    }.items() %}
    count(case when state in ({{ states }}) then 1 end) as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ ref('rpt_measure_summary') }}
where org_unit_level <> 'clinician'
group by audience, org_unit_key, unit_label, unit_order
