{# What is shown beside each outcome: [measure id, id of the measure of data quality, place] of every pair, as
   `data_quality` in the YAML of the outcome lists them. Stops where such an id is no measure, and says in which file. #}
{% macro measures_of_data_quality() -%}
    {%- set pairs = [] -%}
    {%- set measures = measures_by_id() -%}
    {%- for measure_id, measure in measures.items() -%}
        {%- for beside_id in measure.get('data_quality', []) -%}
            {%- if beside_id not in measures -%}
                {%- set file = graph.nodes['model.' ~ project_name ~ '.' ~ measure_id].patch_path.split('://') | last -%}
                {{ exceptions.raise_compiler_error(
                    file ~ ': data_quality names ' ~ beside_id ~ ', which is no measure.'
                ) }}
            {%- endif -%}
            {%- do pairs.append([measure_id, beside_id, loop.index]) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(pairs) }}
{%- endmacro %}
