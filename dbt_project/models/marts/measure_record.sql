-- The records behind every number, counted or left out, with the reason. A new measure adds its line to the list.
-- Those of a local measure are what its department carries.
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
{%- for measure_id in measures_by_id() if execute and measure_id not in measure_ids %}
    {{ exceptions.raise_compiler_error(
        'The measure ' ~ measure_id ~ ' has no line in the list of measures: add it in measure_record.sql.'
    ) }}
{%- endfor %}
{%- for measure_id in measure_ids if execute and measure_id not in measures_by_id() %}
    {{ exceptions.raise_compiler_error(
        measure_id ~ ' is in the list of measures and has no `config.meta.measure` in its YAML: declare it there, or '
        ~ 'remove its line in measure_record.sql.'
    ) }}
{%- endfor %}

{%- for measure_id in measure_ids %}
select
    '{{ measure_id }}' as measure_id,
    record.record_type,
    record.record_id,
    record.org_unit_key,
    {{ month_of('record.occurred_on') }} as month_on,
    record.occurred_on,
    record.numerator,
    record.denominator,
    record.exclusion_reason,
    record.evidence
from {{ ref(measure_id) }} as record
{{- only_in_scope(measure_id, ref('int_org_unit')) }}
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
