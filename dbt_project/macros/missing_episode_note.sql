{# What the evidence of a spell adds when an episode of it is in quarantine or was never sent; null where none is. #}
{% macro missing_episode_note(has_all_episodes) -%}
    case when not {{ has_all_episodes }} then ' An episode of this spell is missing.' end
{%- endmacro %}
