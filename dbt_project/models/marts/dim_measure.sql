-- The measure dictionary, read from the YAML of the measures; nothing is typed here.
{{ check_scopes(ref('int_org_unit')) }}
{%- for measure_id, measure in measures_by_id().items() %}
select
    {{ text_literal(measure_id) }} as measure_id,
    {{ text_literal(measure.title) }} as title,
    {{ text_literal(measure.plain_words) }} as plain_words,
    {{ text_literal(measure.numerator) }} as numerator_definition,
    {{ text_literal(measure.denominator) }} as denominator_definition,
    {{ text_literal(measure.exclusions) }} as exclusion_definition,
    {{ text_literal(measure.source) }} as definition_source,
    {{ measure.source_is_verified }} as is_source_verified,
    {{ measure.version }} as definition_version,
    {{ text_literal(measure.domain) }} as domain,
    {{ text_literal(measure.direction) }} as direction,
    {{ text_literal(measure.unit) }} as unit,
    cast({{ text_literal(measure.unit_name) if measure.unit_name else 'null' }} as {{ dbt.type_string() }}) as unit_name,
    {{ measure.is_additive }} as is_additive,
    {{ measure.get('is_headline', false) }} as is_headline,
    {{ text_literal(measure.chart) }} as chart,
    {{ text_literal(measure.method) }} as method,
    {%- set case_mix = measure.get('case_mix', {}) %}
    cast({{ text_literal(case_mix.model) if case_mix else 'null' }} as {{ dbt.type_string() }}) as case_mix_model,
    cast(
        {{ text_literal(case_mix.factors | join(', ')) if case_mix else 'null' }} as {{ dbt.type_string() }}
    ) as case_mix_factors,
    {%- set target = measure.get('target', {}) %}
    cast({{ target.value if target else 'null' }} as numeric(28, 12)) as target,
    cast({{ text_literal(target.source) if target else 'null' }} as {{ dbt.type_string() }}) as target_source,
    {{ measure.minimum_denominator }} as minimum_denominator,
    {{ text_literal(measure.attribution_role) }} as attribution_role,
    cast({{ scope_org_unit_key(measure_id) }} as {{ dbt.type_string() }}) as scope_org_unit_key
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
