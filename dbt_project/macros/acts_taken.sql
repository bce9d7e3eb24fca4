{# The acts of the review loop that a build takes in: those before its moment. #}
{% macro acts_taken() -%}
    {%- set known_before = known_before() if execute else none -%}
    (
        select
            act_id,
            acted_at
        from {{ source('review', 'act') }}
        where acted_at < {{ known_before or "coalesce((select review.taken_before()), current_timestamp)" }}
    )
{%- endmacro %}
