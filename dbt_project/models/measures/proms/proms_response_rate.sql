-- proms_response_rate: questionnaires returned after a hip or knee replacement, of those completed before it.
{%- set follow_up_days = 270 %}
with candidate as (
    select
        pair.proms_pair_id as record_id,
        pair.spell_id as attributed_record_id,
        pair.org_unit_key,
        coalesce(pair.discharged_on, pair.before_completed_on, pair.after_completed_on) as occurred_on,
        case
            when pair.spell_id is null then 'no finished spell'
            when pair.is_mismatched then 'not of one patient and joint'
            when not pair.has_before then 'no questionnaire before'
            when pair.is_out_of_order then 'completed out of order'
            when pair.is_repeat then 'another pair for the same operation'
            when pair.has_died_in_hospital then 'died in hospital'
            when {{ add_days('pair.discharged_on', follow_up_days) }} > reporting_period.data_to_on
                then 'follow-up not complete'
        end as exclusion_reason,
        -- a questionnaire without a day was returned all the same
        case
            when
                pair.has_after
                and coalesce(
                    pair.after_completed_on <= {{ add_days('pair.discharged_on', follow_up_days) }}, true
                )
                then 1
            else 0
        end as numerator,
        1 as denominator,
        concat_ws(
            '', 'Discharged ', coalesce(cast(pair.discharged_on as {{ dbt.type_string() }}), 'on an unknown day'),
            '; questionnaire after the operation ',
            case
                when not pair.has_after then 'not returned'
                else coalesce(
                    'completed ' || cast(pair.after_completed_on as {{ dbt.type_string() }}),
                    'returned without a day'
                )
            end,
            '.'
        ) as evidence
    from {{ ref('int_proms_pair') }} as pair
    cross join {{ ref('int_reporting_period') }} as reporting_period
),

{{ proms_pair_rows() }}
