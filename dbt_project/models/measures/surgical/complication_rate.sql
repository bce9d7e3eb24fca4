-- complication_rate: operated spells with a complication from the first operation to 30 days after it.
{%- set follow_up_days = 30 %}
with operated_spell as (
    select
        spell_id,
        min(list_on) as first_operated_on
    from {{ ref('int_theatre_case') }}
    where is_operated and has_known_list and spell_id is not null
    group by spell_id
),

complicated as (
    select
        operated_spell.spell_id,
        min(complication.complication_on) as first_complication_on,
        count(*) as complication_count
    from operated_spell
    inner join {{ ref('int_complication') }} as complication
        on
            operated_spell.spell_id = complication.spell_id
            and complication.complication_on between operated_spell.first_operated_on
            and {{ add_days('operated_spell.first_operated_on', follow_up_days) }}
    group by operated_spell.spell_id
),

candidate as (
    select
        operated_spell.spell_id as record_id,
        operated_spell.first_operated_on as occurred_on,
        case
            when {{ add_days('operated_spell.first_operated_on', follow_up_days) }} > reporting_period.data_to_on
                then 'follow-up not complete'
        end as exclusion_reason,
        case when complicated.spell_id is not null then 1 else 0 end as numerator,
        1 as denominator,
        case
            when complicated.spell_id is null
                then concat_ws(
                    '', 'First operated ', operated_spell.first_operated_on,
                    ', no complication recorded within {{ follow_up_days }} days.'
                )
            else concat_ws(
                '', 'First operated ', operated_spell.first_operated_on,
                ', complications within {{ follow_up_days }} days: ', complicated.complication_count,
                ', the first on ', complicated.first_complication_on, '.'
            )
        end as evidence
    from operated_spell
    cross join {{ ref('int_reporting_period') }} as reporting_period
    left join complicated on operated_spell.spell_id = complicated.spell_id
)

{{ measure_rows('spell') }}
