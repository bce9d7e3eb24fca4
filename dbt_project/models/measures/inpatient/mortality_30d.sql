-- mortality_30d: patients who died in hospital or within 30 days after discharge, each death counted once.
{%- set follow_up_days = 30 %}
with finished as (
    select
        spell.spell_id,
        spell.patient_key,
        spell.admitted_on,
        spell.discharged_on,
        spell.has_all_episodes,
        case
            when spell.patient_classification_code in {{ clinical_codes('regular_attender') }} then 'regular attender'
            when spell.patient_classification_code in {{ clinical_codes('day_case') }} then 'day case'
            when spell.discharge_method_code in {{ clinical_codes('stillborn') }} then 'stillbirth'
        end as exclusion_reason,
        coalesce(spell.discharge_method_code, '') in {{ clinical_codes('died') }} as is_dead_at_discharge,
        {{ days_between('spell.discharged_on', 'death.died_on') }} as died_after_days,
        -- A death registered before the admission is not this patient's, or not on that day.
        coalesce(spell.discharge_method_code, '') in {{ clinical_codes('died') }}
        or coalesce(
            spell.admitted_on <= death.died_on
            and death.died_on <= {{ add_days('spell.discharged_on', follow_up_days) }},
            false
        ) as is_followed_by_death
    from {{ ref('int_spell') }} as spell
    left join {{ ref('int_registered_death') }} as death on spell.patient_key = death.patient_key
    where spell.is_finished
),

-- Of the stays that one death followed, the last one has it. Day cases and regular attenders are not among them.
counted_death as (
    select
        spell_id,
        row_number() over (
            partition by patient_key order by discharged_on desc, admitted_on desc, spell_id desc
        ) as rank_last
    from finished
    where is_followed_by_death and exclusion_reason is null
),

candidate as (
    select
        finished.spell_id as record_id,
        finished.discharged_on as occurred_on,
        case
            when finished.exclusion_reason is not null then finished.exclusion_reason
            when {{ add_days('finished.discharged_on', follow_up_days) }} > reporting_period.data_to_on
                then 'follow-up not complete'
        end as exclusion_reason,
        case when counted_death.spell_id is not null then 1 else 0 end as numerator,
        1 as denominator,
        concat_ws(
            '', 'Discharged ', finished.discharged_on,
            case
                when not finished.is_followed_by_death then ', no death registered within 30 days.'
                when finished.is_dead_at_discharge or finished.died_after_days <= 0 then ', died in hospital.'
                else concat_ws('', ', died on day ', finished.died_after_days, ' after it.')
            end,
            case
                when
                    finished.is_followed_by_death
                    and finished.exclusion_reason is null
                    and counted_death.spell_id is null
                    then ' A later stay has this death.'
            end,
            {{ missing_episode_note('finished.has_all_episodes') }}
        ) as evidence
    from finished
    cross join {{ ref('int_reporting_period') }} as reporting_period
    left join counted_death on finished.spell_id = counted_death.spell_id and counted_death.rank_last = 1
)

{{ measure_rows('spell') }}
