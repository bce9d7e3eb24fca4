{# Which sources can tell who carries a record in a role, and the weight of the word of each. The first is the source that
   keeps the record. What it says stands, unless others who outweigh it agree on somebody else; docs/adr/0007 says why. #}
{% macro attribution_sources(role) -%}
    {{ return({
        'episode_consultant': [('PAS episode', 2), ('waiting list', 3), ('theatre cases', 2), ('theatre lists', 1)],
        'clinic_consultant': [('PAS appointment', 2), ('clinic template', 1), ('clinic code', 1)],
        'session_consultant': [('clinic template', 2), ('PAS appointments', 1)],
        'pathway_consultant': [('PAS pathway', 1)],
        'list_owner': [('theatre list', 2), ('theatre cases', 1)],
        'operating_surgeon': [('theatre case', 1)],
        'supervising_consultant': [('theatre case', 2), ('theatre list', 1)],
        'anaesthetist': [('theatre case', 1)],
    }[role]) }}
{%- endmacro %}

{# Three columns: who carries a record, the sources that say so, and those that say otherwise. `people` are the columns in
   which the sources of the role (in the same order) name somebody, null where they name nobody. #}
{% macro weighed(role, people) -%}
    {%- set sources = attribution_sources(role) -%}
    {%- set carrier = carrier_of(sources, people) -%}
    {{ carrier }} as consultant_code,
    {{ named_sources(sources, people, '=', carrier) }} as agreeing_sources,
    {{ named_sources(sources, people, '<>', carrier) }} as disagreeing_sources
{%- endmacro %}

{% macro carrier_of(sources, people) -%}
    {%- set first = people[0] -%}
    {%- if people | length == 1 -%}
        {{ first }}
    {%- else -%}
        case
            when {% for other in people[1:] %}coalesce({{ other }}, {{ first }}) = {{ first }}
                {%- if not loop.last %} and {% endif %}{% endfor %}
                then {{ first }}
            {%- for person in people %}
            when
                {{ weight_of(person, sources, people) }} > 0
                {%- for other in people if other != person %}
                and {{ weight_of(person, sources, people) }} >= {{ weight_of(other, sources, people) }}
                {%- endfor %}
                then {{ person }}
            {%- endfor %}
        end
    {%- endif -%}
{%- endmacro %}

{% macro weight_of(person, sources, people) -%}
    ({% for other in people %}case when {{ other }} = {{ person }} then {{ sources[loop.index0][1] }} else 0 end
    {%- if not loop.last %} + {% endif %}{% endfor %})
{%- endmacro %}

{% macro named_sources(sources, people, comparison, carrier) -%}
    nullif(
        concat_ws(
            ', '
            {%- for person in people -%}
            , case when {{ person }} {{ comparison }} {{ carrier }} then '{{ sources[loop.index0][0] }}' end
            {%- endfor -%}
        ),
        ''
    )
{%- endmacro %}
