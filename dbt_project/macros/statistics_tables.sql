{# Makes the tables of the source `statistics` empty where they are not there yet, so that the models which show them
   can be built without a whole refresh. Statistics assets fill them, see ADR 10. #}
{% macro make_statistics_tables() -%}
    {%- if execute -%}
        {%- for node in graph.sources.values() if node.source_name == 'statistics' and node.package_name == project_name -%}
            {%- if adapter.check_schema_exists(target.database, node.schema) %}
                create table if not exists {{ source('statistics', node.name) }} (
                    {%- for column in node.columns.values() %}
                    {{ column.name }} {{ column.data_type }}{{ ',' if not loop.last }}
                    {%- endfor %}
                );
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
