{# What pages say of a feed of which deliveries are held, from a row `feed` of `quality.held_feed`. #}
{% macro held_feed_text(feed) -%}
    {%- set extract = feed ~ ".source_name || ' ' || replace(" ~ feed ~ ".table_name, '_', ' ')" -%}
    {#- A file that could not be read as a whole may not say when it was extracted. -#}
    {%- set day = day_text(local_date('coalesce(' ~ feed ~ '.first_extracted_at, ' ~ feed ~ '.held_since_at)')) -%}
    case {{ feed }}.delivery_count
        when 1 then 'a delivery of ' || {{ extract }} || ' of ' || {{ day }} || ' is held'
        else {{ number_text(feed ~ '.delivery_count') }} || ' deliveries of ' || {{ extract }}
        || ', the first of ' || {{ day }} || ', are held'
    end
{%- endmacro %}
