"""Which rows of a served table its reader is given, by what its model declares: said once for Postgres and Superset."""

from collections.abc import Sequence

# An array is made once per query; a function asked for each row would take a thousand times as long.
_UNIT = "{column} = any (array(select access.visible_org_unit_key({audience})))"
_GRANTED = _UNIT.format(column="org_unit_key", audience="")
_INSIDE = _UNIT.format(column="org_unit_key", audience="'inside'")
_OUTSIDE = _UNIT.format(column="org_unit_key", audience="'outside'")
_ROWS = {
    "everyone": "true",
    "org_unit": _GRANTED,
    "inside": _INSIDE,
    "outside": _OUTSIDE,
    "audience": f"((audience = 'inside' and {_INSIDE}) or (audience = 'outside' and {_OUTSIDE}))",
    # What a measure counts is for everybody of the house, a department's own for those who may read a unit of it.
    "scope": "((select access.is_of_house()) and (scope_org_unit_key is null"
    " or scope_org_unit_key = any (array(select access.visible_department_key()))))",
}


def rows(access: str | None, further_units: Sequence[str] = ()) -> str | None:
    """Return the condition, in SQL, that holds of the reader's rows of a table with this access.

    `further_units` are columns of other units that must be granted too. None where the access is `none`, or the model
    is a view that decides by itself (`reader`).
    """
    if (condition := _ROWS.get(access or "none")) is None:
        return None
    return " and ".join([condition, *(_UNIT.format(column=column, audience="") for column in further_units)])
