{# Which sources can tell who carries a record in a role, and the weight of the word of each. The first is the source that
   keeps the record. What it says stands, unless others who outweigh it agree on somebody else; docs/adr/0007 says why. #}
{% macro attribution_sources(role) -%}
    {{ return({
        'episode_consultant': [('PAS episode', 2), ('waiting list', 3), ('theatre cases', 2), ('theatre lists', 1)],
        'clinic_consultant': [('PAS appointment', 2), ('clinic template', 1), ('clinic code', 1)],
        'session_consultant': [('clinic template', 2), ('PAS appointments', 1)],
        'list_owner': [('theatre list', 2), ('theatre cases', 1)],
        'supervising_consultant': [('theatre case', 2), ('theatre list', 1)],
    }[role]) }}
{%- endmacro %}

{# Who carries a record: the person for whom most weight speaks, of equals the one whom the earlier source names. `people`
   are the columns in which the sources of the role (in their order) name somebody, null where they name nobody. The
   expression is long: compute it once, in a CTE that is `computed_once`, and name the sources from its result. #}
{% macro carrier(role, people) -%}
    {%- set sources = attribution_sources(role) -%}
    {%- set first = people[0] -%}
    case
        when {% for other in people[1:] %}coalesce({{ other }}, {{ first }}) = {{ first }}
            {%- if not loop.last %} and {% endif %}{% endfor %}
            then {{ first }}
        {%- for person in people %}
        when
            {{ person }} is not null
            and {{ weight_of(person, sources, people) }}
            = greatest({% for other in people %}{{ weight_of(other, sources, people) }}{{ ', ' if not loop.last }}{% endfor %})
            then {{ person }}
        {%- endfor %}
    end
{%- endmacro %}

{% macro weight_of(person, sources, people) -%}
    ({% for other in people %}case when {{ other }} = {{ person }} then {{ sources[loop.index0][1] }} else 0 end
    {%- if not loop.last %} + {% endif %}{% endfor %})
{%- endmacro %}

{# Two columns: the sources that name the `consultant_code` of the row, and those that name somebody else. #}
{% macro sources_of_carrier(role, people) -%}
    {{ named_sources(role, people, '=') }} as agreeing_sources,
    {{ named_sources(role, people, '<>') }} as disagreeing_sources
{%- endmacro %}

{% macro named_sources(role, people, comparison) -%}
    nullif(
        concat_ws(
            ', '
            {%- for person in people -%}
            , case when {{ person }} {{ comparison }} consultant_code then '{{ attribution_sources(role)[loop.index0][0] }}' end
            {%- endfor -%}
        ),
        ''
    )
{%- endmacro %}

{# Of a CTE whose expressions cost much: compute them once, whatever reads them. #}
{% macro computed_once() -%}
    {{ return(adapter.dispatch('computed_once')()) }}
{%- endmacro %}

{% macro default__computed_once() -%}
    materialized
{%- endmacro %}

{% macro spark__computed_once() -%}
{%- endmacro %}

{# On whose word a record is carried, in a sentence for the people it is about; who else is named is not told. #}
{% macro attribution_text() -%}
    case attribution.evidence_class
        when 'agreed' then concat_ws('', 'Agreed: ', attribution.agreeing_sources, '.')
        when 'single source' then concat_ws('', 'On the word of ', attribution.agreeing_sources, ' alone.')
        when 'inferred'
            then concat_ws('', 'Inferred from ', attribution.agreeing_sources, '; the record itself names nobody known.')
        when 'nobody' then 'No source names anybody known.'
        when 'corrected'
            then concat_ws('', 'Corrected after review; otherwise ', attribution.disagreeing_sources, '.')
        else concat_ws(
            '', 'Disputed: ', attribution.agreeing_sources, '; otherwise ', attribution.disagreeing_sources, '.'
        )
    end
{%- endmacro %}
