{# The two signs of Making Data Count beside a measure, drawn by us: what the last whole month is among the unit's own
   (a wave: common cause; a ring with H or L: better; a full disc: worse; an arrow: neither way is better), and whether
   the months pass the target (P), fail it (F) or hit and miss it (?). Told apart without colour, and in words by `alt`. #}
{% macro variation_icon(point, direction) -%}
    {%- set high = "(" ~ point ~ " = 'improvement') = (" ~ direction ~ " = 'increase')" -%}
    case
        when {{ point }} is null then ''
        when {{ point }} = 'common'
            then {{ _icon('common', '', 'Variation: no special cause') }}
        when {{ point }} = 'neutral high' then {{ _icon('neutral', '&#8593;', 'Variation: special cause, higher') }}
        when {{ point }} = 'neutral low' then {{ _icon('neutral', '&#8595;', 'Variation: special cause, lower') }}
        {%- for kind, words in {'improvement': 'for the better', 'concern': 'of concern'}.items() %}
        when {{ point }} = '{{ kind }}' and {{ high }}
            then {{ _icon(kind, 'H', 'Variation: special cause ' ~ words ~ ', higher') }}
        when {{ point }} = '{{ kind }}'
            then {{ _icon(kind, 'L', 'Variation: special cause ' ~ words ~ ', lower') }}
        {%- endfor %}
    end
{%- endmacro %}

{% macro assurance_icon(assurance) -%}
    case {{ assurance }}
        when 'passing' then {{ _icon('improvement', 'P', 'Assurance: passes the target') }}
        when 'failing' then {{ _icon('concern', 'F', 'Assurance: fails the target') }}
        when 'hit or miss' then {{ _icon('common', '?', 'Assurance: hits and misses the target') }}
        else ''
    end
{%- endmacro %}

{% macro _icon(kind, letter, words) -%}
    {%- set ring = series_colour('each_month' if kind == 'common' else kind) -%}
    {%- set is_full = kind == 'concern' -%}
    {%- set drawing %}
        {%- if letter -%}
            <text x="15" y="20" text-anchor="middle" font-family="Arial, sans-serif" font-size="15" font-weight="bold" fill="{{ series_colour('process_mean') }}">{{ letter }}</text>
        {%- else -%}
            <polyline points="6,17 10,12 14,18 19,12 24,16" fill="none" stroke="{{ series_colour('each_month') }}" stroke-width="2"/>
        {%- endif -%}
    {%- endset -%}
    {%- set svg -%}
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 30"><circle cx="15" cy="15" r="12.5" fill="{{ ring if is_full else '#fff' }}" stroke="{{ ring }}" stroke-width="3"/>{{ drawing }}</svg>
    {%- endset -%}
    '<img alt="{{ words }}" title="{{ words }}" width="28" height="28" src="' || {{ svg_data_uri("'" ~ svg ~ "'") }} || '"/>'
{%- endmacro %}
