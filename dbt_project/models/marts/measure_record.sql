-- The records behind every number, counted or left out, with the reason. A new measure adds its line to the list.
{%- set measure_ids = [
    'cancellation_on_the_day',
    'complication_rate',
    'day_case_rate',
    'dna_rate',
    'emergency_readmission_30d',
    'eq5d_gain',
    'finished_spells',
    'in_hospital_mortality',
    'late_start_minutes',
    'length_of_stay_elective',
    'length_of_stay_emergency',
    'oxford_hip_gain',
    'oxford_knee_gain',
    'proms_response_rate',
    'return_to_theatre',
    'surgical_site_infection',
    'theatre_utilisation_capped',
] %}
{%- if execute and measure_ids | sort != measures_by_id() | list %}
    {{ exceptions.raise_compiler_error(
        'measure_record lists ' ~ measure_ids | sort | join(', ') ~ ' but the measures declared in YAML are '
        ~ measures_by_id() | list | join(', ') ~ ': add or remove the line in measure_record.sql.'
    ) }}
{%- endif %}

{%- for measure_id in measure_ids %}
select
    '{{ measure_id }}' as measure_id,
    record_type,
    record_id,
    org_unit_key,
    {{ month_of('occurred_on') }} as month_on,
    occurred_on,
    numerator,
    denominator,
    exclusion_reason,
    evidence
from {{ ref(measure_id) }}
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
