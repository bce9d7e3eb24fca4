{# Colours of the small pictures. dbt cannot read `dashboards/theme.yaml`; a test holds these equal to it. #}
{% macro series_colour(series) -%}
    {{ return({'each_month': '#A6B8C7', 'rolling_12_months': '#005EB8'}[series]) }}
{%- endmacro %}
