{# Which feeds each measure depends on: [measure id, source, table] of every pair, found by walking from the measure to
   the sources on which it stands. A few models read records of every kind to say one thing of all of them (who carries
   a record, to which day the data go); a measure depends on its own kind, whose model it reads itself. Such a model
   names in `config.meta.no_feed_through` what the walk does not follow from it. #}
{% macro measure_feeds() -%}
    {%- set pairs = [] -%}
    {%- for measure_id in measures_by_id() -%}
        {%- set reached = ['model.' ~ project_name ~ '.' ~ measure_id] -%}
        {#- The list grows while it is read: what a model reads comes behind what was reached before. -#}
        {%- for node_id in reached -%}
            {%- if node_id in graph.sources and graph.sources[node_id].config.meta.extract is defined -%}
                {%- do pairs.append([measure_id, graph.sources[node_id].source_name, graph.sources[node_id].name]) -%}
            {%- elif node_id in graph.nodes -%}
                {%- set passed_by = graph.nodes[node_id].config.meta.get('no_feed_through', []) -%}
                {%- for parent_id in graph.nodes[node_id].depends_on.nodes -%}
                    {%- if parent_id not in reached and parent_id.split('.') | last not in passed_by -%}
                        {%- do reached.append(parent_id) -%}
                    {%- endif -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(pairs | sort) }}
{%- endmacro %}
