{# The rows, in `columns`, that one relation has and the other has not. #}
{% macro differing_rows(one, other, columns) -%}
    (
        select {{ columns | join(', ') }} from {{ one }}
        except
        select {{ columns | join(', ') }} from {{ other }}
    )
    union all
    (
        select {{ columns | join(', ') }} from {{ other }}
        except
        select {{ columns | join(', ') }} from {{ one }}
    )
{%- endmacro %}
