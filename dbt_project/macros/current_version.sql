{# The current version of every business key of an extract: its latest by extract time, then delivery, then row.
   Contract and business key come from the source's declaration, so that no staging model repeats them.

   The rows that were superseded are few: finding them and leaving them out (a hash anti-join) costs half the processor
   time of sorting every row to keep the first, whether by `row_number` or by `distinct on`. A unit test does not see
   the graph and is given current rows. #}
{% macro current_version(source_name, table_name) -%}
    {%- set relation = source(source_name, table_name) -%}
    {%- if not execute or model.resource_type != 'model' -%}
        {{ relation }}
    {%- else -%}
        {%- set contract = graph.sources['source.' ~ project_name ~ '.' ~ source_name ~ '.' ~ table_name] -%}
        {%- set business_key = contract.config.meta.extract.business_key | join(', ') -%}
        (
            select
                version._delivery_id,
                version._row_number,
                {%- for column in contract.columns %}
                version.{{ column }}{{ ',' if not loop.last }}
                {%- endfor %}
            from {{ relation }} as version
            where not exists (
                select 1
                from (
                    select
                        _delivery_id,
                        _row_number,
                        row_number() over (
                            partition by {{ business_key }}
                            order by _extracted_at desc, _delivery_id desc, _row_number desc
                        ) as recency
                    from {{ relation }}
                    where _key_hash in (
                        select _key_hash from {{ relation }} group by _key_hash having count(*) > 1
                    )
                ) as ranked
                where
                    ranked.recency > 1
                    and ranked._delivery_id = version._delivery_id
                    and ranked._row_number = version._row_number
            )
        ) as {{ table_name }}
    {%- endif -%}
{%- endmacro %}
