{# The current version of every business key of an extract: the one at the last position (see docs/adr/0005), unless it
   says that the key is gone. With the var `as_known_on`, of the versions that were loaded by then. Contract and business
   key come from the source's declaration, so that no staging model repeats them.

   The rows that were superseded are few: ranking only the keys that have more than one version, and leaving out (a hash
   anti-join) what is not their last, takes half to two thirds of the time of sorting every row to keep the last, whether
   by `row_number` or by `distinct on`. Two keys can have versions at one position (what a late delivery changed in a
   later one has no row of its own), so the key itself is compared, too.
   A unit test does not see the graph and is given current rows. #}
{% macro current_version(source_name, table_name) -%}
    {%- set relation = source(source_name, table_name) -%}
    {%- if not execute or model.resource_type != 'model' -%}
        {{ relation }}
    {%- else -%}
        {%- set contract = graph.sources['source.' ~ project_name ~ '.' ~ source_name ~ '.' ~ table_name] -%}
        {%- set business_key = contract.config.meta.extract.business_key -%}
        {%- set known_before = known_before() -%}
        (
            select
                version._delivery_id,
                version._row_number,
                {%- for column in contract.columns %}
                version.{{ column }}{{ ',' if not loop.last }}
                {%- endfor %}
            from {{ relation }} as version
            where
                not version._is_deleted
                {%- if known_before %}
                and version._loaded_at < {{ known_before }}
                {%- endif %}
                and not exists (
                    select 1
                    from (
                        select
                            _delivery_id,
                            _loaded_at,
                            _row_number,
                            {{ business_key | join(', ') }},
                            row_number() over (
                                partition by _key_hash, {{ business_key | join(', ') }}
                                order by _extracted_at desc, _delivery_id desc, _loaded_at desc, _row_number desc
                            ) as recency
                        from {{ relation }}
                        where
                            _key_hash in (
                                select _key_hash
                                from {{ relation }}
                                {%- if known_before %}
                                where _loaded_at < {{ known_before }}
                                {%- endif %}
                                group by _key_hash
                                having count(*) > 1
                            )
                            {%- if known_before %}
                            and _loaded_at < {{ known_before }}
                            {%- endif %}
                    ) as ranked
                    where
                        ranked.recency > 1
                        and ranked._delivery_id = version._delivery_id
                        and ranked._loaded_at = version._loaded_at
                        and ranked._row_number = version._row_number
                        {%- for column in business_key %}
                        and ranked.{{ column }} = version.{{ column }}
                        {%- endfor %}
                )
        ) as {{ table_name }}
    {%- endif -%}
{%- endmacro %}
