{# The end of every PROMs measure, after its CTE `candidate` (see measure_rows): a pair counts for who carries its spell;
   one without a finished spell is left out, but seen at the trust's own place, on a day that the data reach. #}
{% macro proms_pair_rows() -%}
    {%- for name in ['carried', 'uncarried'] -%}
    {{ name }} as (
        select
            candidate.record_id,
            candidate.attributed_record_id,
            candidate.org_unit_key,
            candidate.occurred_on,
            candidate.exclusion_reason,
            candidate.numerator,
            candidate.denominator,
            candidate.evidence
        from candidate
        cross join {{ ref('int_reporting_period') }} as reporting_period
        where
            candidate.attributed_record_id is {{ 'not null' if name == 'carried' else 'null' }}
            and candidate.occurred_on <= reporting_period.data_to_on
    ){{ ',' if not loop.last }}
    {% endfor %}

    {{ measure_rows('proms_pair', attributed_by='spell', candidate='carried') }}
    union all
    {{ measure_rows('proms_pair', has_unit=true, candidate='uncarried') }}
{%- endmacro %}
