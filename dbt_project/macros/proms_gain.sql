{# A measure of the gain in a PROMs score (`before_` and `after_` it in int_proms_pair) over pairs of questionnaires, of one
   group of procedures or of all: what a pair adds, and why others are left out. `called` names the score in evidence. #}
{% macro proms_gain(score, called, lowest, highest, procedure_group=none) -%}
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
                when before_{{ score }} is null or after_{{ score }} is null then 'score missing'
                when
                    before_{{ score }} not between {{ lowest }} and {{ highest }}
                    or after_{{ score }} not between {{ lowest }} and {{ highest }}
                    then 'score out of range'
            end as exclusion_reason,
            after_{{ score }} - before_{{ score }} as numerator,
            1 as denominator,
            concat_ws(
                '', '{{ called }} before ', coalesce(cast(before_{{ score }} as {{ dbt.type_string() }}), 'none'),
                ', after ', coalesce(cast(after_{{ score }} as {{ dbt.type_string() }}), 'none'), '.'
            ) as evidence
        from {{ ref('int_proms_pair') }}
        {%- if procedure_group %}
        where procedure_group = '{{ procedure_group }}'
        {%- endif %}
    ),

    {{ proms_pair_rows() }}
{%- endmacro %}
