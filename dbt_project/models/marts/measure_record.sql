-- The records behind every number, counted or left out, with the reason. A new measure adds its line to the list.
-- Those of a local measure are what its department carries.
{%- set measure_ids = [
    'attendances_per_planned_clinic',
    'cancellation_on_the_day',
    'cases_per_list',
    'cases_per_planned_session',
    'clinic_slot_utilisation',
    'coding_depth',
    'complication_rate',
    'day_case_conversion',
    'day_case_rate',
    'default_consultant_code_rate',
    'discharge_at_first_attendance',
    'dna_rate',
    'early_finish_minutes',
    'early_finish_minutes_mhs',
    'emergency_readmission_28d',
    'emergency_readmission_30d',
    'eq5d_gain',
    'excess_bed_days',
    'finished_episodes',
    'finished_spells',
    'hospital_cancellation_rate',
    'in_hospital_mortality',
    'intercase_downtime_minutes',
    'intercase_downtime_minutes_mhs',
    'late_start_minutes',
    'late_start_minutes_mhs',
    'late_start_rate',
    'length_of_stay_elective',
    'length_of_stay_emergency',
    'mortality_30d',
    'new_to_follow_up_ratio',
    'outpatient_attendances',
    'overrun_minutes',
    'overrun_minutes_mhs',
    'oxford_hip_gain',
    'oxford_knee_gain',
    'proms_response_rate',
    'return_to_theatre',
    'rtt_within_18_weeks',
    'surgical_site_infection',
    'theatre_cases',
    'theatre_spell_linkage',
    'theatre_utilisation_capped',
    'theatre_utilisation_capped_mhs',
    'theatre_utilisation_uncapped',
    'theatre_utilisation_uncapped_mhs',
    'uncoded_primary_diagnosis',
    'validation_coverage',
    'waiting_over_52_weeks',
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

{#- To compare some measures with what is published, only their records are gathered. #}
{%- set compared = var('measure_diff', none) if execute else none %}
with told as (
    {%- for measure_id in measure_ids if compared is none or measure_id in compared %}
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
        record.evidence,
        record.attribution_text
    from {{ ref(measure_id) }} as record
    {{- only_in_scope(measure_id, ref('int_org_unit')) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- Accepted disputes by which a record counts for nobody, until its source says something else.
excluded as (
    select
        record_type,
        record_id,
        min(reason) as reason
    from {{ ref('int_correction_state') }}
    where decision = 'exclude' and is_open
    group by record_type, record_id
),

-- A record may lie beside the months that the extracts cover: an episode that ended before the first discharge.
placed as (
    select
        told.measure_id,
        told.record_type,
        told.record_id,
        told.org_unit_key,
        told.month_on,
        told.occurred_on,
        told.numerator,
        told.denominator,
        told.exclusion_reason,
        told.evidence,
        told.attribution_text,
        told.month_on between period.first_month_on and period.last_month_on as is_covered,
        excluded.reason as excluded_reason
    from told
    cross join {{ ref('reporting_period') }} as period
    left join excluded
        on
            told.record_type = excluded.record_type
            and told.record_id = excluded.record_id
            and told.measure_id <> 'validation_coverage'
)

select
    measure_id,
    record_type,
    record_id,
    org_unit_key,
    month_on,
    occurred_on,
    case when is_covered and excluded_reason is null then numerator end as numerator,
    case when is_covered and excluded_reason is null then denominator end as denominator,
    coalesce(
        exclusion_reason,
        case when not is_covered then 'outside of the months covered' end,
        'excluded after review: ' || excluded_reason
    ) as exclusion_reason,
    evidence,
    attribution_text
from placed
