-- eq5d_gain: by how much the EQ-5D index rose after a hip or knee replacement.
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
            when before_eq5d_index is null or after_eq5d_index is null then 'score missing'
            when before_eq5d_index not between -0.594 and 1 or after_eq5d_index not between -0.594 and 1
                then 'score out of range'
        end as exclusion_reason,
        after_eq5d_index - before_eq5d_index as numerator,
        1 as denominator,
        concat_ws(
            '', 'EQ-5D index before ', coalesce(cast(before_eq5d_index as {{ dbt.type_string() }}), 'none'),
            ', after ', coalesce(cast(after_eq5d_index as {{ dbt.type_string() }}), 'none'), '.'
        ) as evidence
    from {{ ref('int_proms_pair') }}
),

{{ proms_pair_rows() }}
