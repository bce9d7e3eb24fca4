{# Colours of the small pictures. dbt cannot read `dashboards/theme.yaml`; a test holds these equal to it. #}
{% macro series_colour(series) -%}
    {{ return({
        'each_month': '#768692', 'process_mean': '#212B32', 'process_limit': '#768692', 'improvement': '#005EB8',
        'concern': '#ED8B00', 'neutral': '#7C2855',
    }[series]) }}
{%- endmacro %}

{# The colour of a point of an SPC chart that is a special cause. #}
{% macro special_cause_colour(point) -%}
    case {{ point }}
        when 'improvement' then '{{ series_colour("improvement") }}'
        when 'concern' then '{{ series_colour("concern") }}'
        else '{{ series_colour("neutral") }}'
    end
{%- endmacro %}
