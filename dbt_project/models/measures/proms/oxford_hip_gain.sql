-- oxford_hip_gain: points by which the Oxford hip score rose after a hip replacement.
with candidate as (
    select
        proms_pair_id as record_id,
        spell_id as attributed_record_id,
        org_unit_key,
        coalesce(discharged_on, before_completed_on, after_completed_on) as occurred_on,
        case
            when spell_id is null then 'no finished spell'
            when is_mismatched then 'not of one patient and joint'
            when not has_before then 'no questionnaire before'
            when not has_after then 'no questionnaire after'
            when is_out_of_order then 'completed out of order'
            when is_repeat then 'another pair for the same operation'
            when before_oxford_score is null or after_oxford_score is null then 'score missing'
            when before_oxford_score not between 0 and 48 or after_oxford_score not between 0 and 48
                then 'score out of range'
        end as exclusion_reason,
        after_oxford_score - before_oxford_score as numerator,
        1 as denominator,
        concat_ws(
            '', 'Oxford hip score before ', coalesce(cast(before_oxford_score as {{ dbt.type_string() }}), 'none'),
            ', after ', coalesce(cast(after_oxford_score as {{ dbt.type_string() }}), 'none'), '.'
        ) as evidence
    from {{ ref('int_proms_pair') }}
    where procedure_group = 'HIP'
),

{{ proms_pair_rows() }}
