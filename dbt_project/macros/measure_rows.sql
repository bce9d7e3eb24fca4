{# The nine columns in which every measure tells its records, from the measure's CTE `candidate`, which has
   `record_id`, `occurred_on`, `exclusion_reason`, `numerator`, `denominator` and `evidence`. Who carries a record
   follows from the attribution role in the measure's YAML. Without `record_type`, records of several types say theirs. `attributed_by` names another type of record that carries
   the attribution (its id is then `attributed_record_id`): a theatre case counts for the owner of its list. A record
   that is a unit's own, such as a month of a post, has `org_unit_key` itself (`has_unit`). A measure of two types of
   records has a CTE for each and names it (`candidate`). #}
{% macro measure_rows(record_type, attributed_by=none, has_unit=false, candidate='candidate') -%}
    select
        {{ "'" ~ record_type ~ "'" if record_type else 'record.record_type' }} as record_type,
        record.record_id,
        {{ 'record' if has_unit else 'attribution' }}.org_unit_key,
        record.occurred_on,
        cast(case when record.exclusion_reason is null then record.numerator end as numeric(28, 12)) as numerator,
        cast(case when record.exclusion_reason is null then record.denominator end as numeric(28, 12)) as denominator,
        record.exclusion_reason,
        record.evidence,
        {{ attribution_text() if not has_unit else "'Placed by the measure itself.'" }} as attribution_text
    from {{ candidate }} as record
    {%- if not has_unit %}
    left join {{ ref('int_attribution') }} as attribution
        on
            record.{{ 'attributed_record_id' if attributed_by else 'record_id' }} = attribution.record_id
            and attribution.record_type = '{{ attributed_by or record_type }}'
            and attribution.attribution_role = '{{ attribution_role() }}'
    {%- endif %}
{%- endmacro %}

{# The attribution role that the YAML of the measure being compiled declares. A unit test does not see the graph: one
   that is about attribution overrides this macro. #}
{% macro attribution_role() -%}
    {%- if execute and model.resource_type == 'model' -%}
        {{ measures_by_id()[this.identifier].attribution_role }}
    {%- endif -%}
{%- endmacro %}

{# The declared definition (`config.meta.measure`) of every measure, by its id, in the order of ids. #}
{% macro measures_by_id() -%}
    {%- set found = {} -%}
    {%- for node in (graph.nodes.values() if graph.nodes is defined else []) | sort(attribute='name') -%}
        {%- if node.resource_type == 'model' and node.config.meta.measure is defined -%}
            {%- do found.update({node.name: node.config.meta.measure}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
