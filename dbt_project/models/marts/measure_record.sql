-- The records behind every number, counted or left out, with the reason. A new measure adds its line to the list.
{%- set measure_ids = [
    'cancellation_on_the_day',
    'day_case_rate',
    'dna_rate',
    'emergency_readmission_30d',
    'finished_spells',
    'in_hospital_mortality',
    'late_start_minutes',
    'length_of_stay_elective',
    'length_of_stay_emergency',
    'theatre_utilisation_capped',
] %}
{%- if execute and measure_ids | sort != measures_by_id() | list %}
    {{ exceptions.raise_compiler_error(
        'measure_record lists ' ~ measure_ids | sort | join(', ') ~ ' but the measures declared in YAML are '
        ~ measures_by_id() | list | join(', ') ~ ': add or remove the line in measure_record.sql.'
    ) }}
{%- endif %}

{#- To compare some measures with what is published, only their records are gathered. #}
{%- set compared = var('measure_diff', none) if execute else none %}
{%- for measure_id in measure_ids if compared is none or measure_id in compared %}
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
