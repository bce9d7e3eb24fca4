-- The records behind every number, counted or left out, with the reason. A new measure adds its line to the list.
{%- set measure_ids = [
    'attendances_per_planned_clinic',
    'cancellation_on_the_day',
    'cases_per_planned_session',
    'clinic_slot_utilisation',
    'day_case_rate',
    'discharge_at_first_attendance',
    'dna_rate',
    'emergency_readmission_30d',
    'finished_spells',
    'hospital_cancellation_rate',
    'in_hospital_mortality',
    'late_start_minutes',
    'length_of_stay_elective',
    'length_of_stay_emergency',
    'new_to_follow_up_ratio',
    'outpatient_attendances',
    'rtt_within_18_weeks',
    'theatre_utilisation_capped',
    'waiting_over_52_weeks',
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
