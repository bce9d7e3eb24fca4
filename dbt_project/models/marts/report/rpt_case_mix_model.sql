-- What is said of each model of case mix: from how many records it learned, and how well it fits.
select
    model.measure_id,
    measure.measure_title,
    measure.measure_family,
    model.scope_org_unit_key,
    case model.model when 'logistic' then 'Chance (logistic)' else 'Mean (logarithmic)' end as model_text,
    model.record_count,
    {{ number_text('cast(model.outcome_sum as numeric)') }} as outcome_text,
    coalesce({{ number_text('cast(model.c_statistic as numeric)', 2) }}, '–') as c_statistic_text,
    {{ number_text('cast(model.calibration_slope as numeric)', 2) }} as calibration_slope_text,
    case when model.is_drifting then 'Alarm: ' else '' end || model.drift_reason as drift_text
from {{ source('statistics', 'case_mix_model') }} as model
inner join {{ ref('rpt_measure') }} as measure on model.measure_id = measure.measure_id
