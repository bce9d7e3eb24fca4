-- How many measures of a unit say what, trust to department. Clinicians are left out: how many measures of a person ask
-- for a look is no number to be compared.
select
    audience,
    org_unit_key,
    unit_label,
    {%- for name, states in {
        'calm_count': "'no special cause'", 'better_count': "'improving', 'better than expected'",
        'look_count': "'look: higher than expected', 'look: lower than expected'", 'few_count': "'too few to say'",
        'untrusted_count': "'data not trusted'",
    }.items() %}
    count(case when state in ({{ states }}) then 1 end) as {{ name }},
    {%- endfor %}
    unit_order
from {{ ref('rpt_measure_line') }}
where is_listed
group by audience, org_unit_key, unit_label, unit_order
