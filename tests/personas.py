"""Eight people and what each should see, worked out in Python from the tree of units and the roles of the feed."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from tests.installations import BuiltWarehouse

# Columns of served tables that say whose a row is: a reader of the row must be granted each.
WHOSE = ("org_unit_key", "chosen_org_unit_key", "shown_org_unit_key")


@dataclass(frozen=True)
class Persona:
    """Somebody who reads, and the units that they should see: unit -> `inside` (all of it) or `outside`.

    `departments` are those of which they see a unit: they may know of their local measures.
    """

    name: str
    level: str
    user_name: str
    grants: dict[str, str]
    departments: frozenset[str] = frozenset()


def personas(warehouse: BuiltWarehouse, users: Mapping[str, str] | None = None) -> list[Persona]:
    """Return two clinicians of different departments, one person of each other level, a stranger and a forged name.

    `users` are the ones to take: level -> user name. The stranger and the forged name have a clinician's role.
    """
    tree = _tree(warehouse)
    roles = warehouse.query("select user_name, role, org_unit_key from intermediate.int_person_role")
    levels = warehouse.query("select user_name, leadership_level from marts.person").set_index("user_name")
    at = levels["leadership_level"].groupby(levels["leadership_level"]).groups
    chosen = {level: (users or {}).get(level, min(names)) for level, names in at.items()}
    placed = roles[roles["user_name"].isin(at["clinician"])].merge(tree, on="org_unit_key")
    home = set(placed.loc[placed["user_name"] == chosen["clinician"], "department_key"])
    at_home = set(placed.loc[placed["department_key"].isin(home), "user_name"])
    known = [
        ("clinician", "clinician", chosen["clinician"]),
        ("another clinician", "clinician", min(set(placed["user_name"]) - at_home)),
        ("clinical lead", "department", chosen["department"]),
        ("divisional director", "division", chosen["division"]),
        ("executive", "executive", chosen["executive"]),
        ("auditor", "auditor", chosen["auditor"]),
    ]
    found = []
    for name, level, user in known:
        grants = _grants(tree, roles[roles["user_name"] == user])
        departments = frozenset(tree.loc[tree["org_unit_key"].isin(grants), "department_key"].dropna())
        found.append(Persona(name, level, user, grants, departments))
    return [
        *found,
        Persona("stranger", "clinician", "nobody.of.the.house", {}),
        Persona("forged name", "clinician", f"o'neil \\ -c app.username={chosen['clinician']}", {}),
    ]


def _tree(warehouse: BuiltWarehouse) -> pd.DataFrame:
    """Return the units as they stand on the last day of data, each with the divisions and departments above it."""
    return warehouse.query(
        """
        select unit.org_unit_key, unit.org_unit_level, unit.department_key,
            array_agg(bridge.ancestor_org_unit_key) as above
        from marts.dim_org_unit as unit
        cross join marts.reporting_period as period
        inner join marts.bridge_org_unit as bridge
            on bridge.org_unit_key = coalesce(unit.now_of_org_unit_key, unit.org_unit_key)
            and period.data_to_on between bridge.valid_from_on and coalesce(bridge.valid_to_on, date '9999-12-31')
        group by unit.org_unit_key, unit.org_unit_level, unit.department_key
        """
    )


def _grants(tree: pd.DataFrame, roles: pd.DataFrame) -> dict[str, str]:
    """Return unit -> audience: own posts; a led department with all in it; a division or trust, and what is below
    down to departments, those only without small numbers."""
    grants: dict[str, str] = {}
    for role, unit in zip(roles["role"], roles["org_unit_key"], strict=True):
        below = tree[[unit in above for above in tree["above"]]]
        if role == "clinician":
            grants |= dict.fromkeys(below.loc[below["org_unit_key"] == unit, "org_unit_key"], "inside")
        elif role == "clinical lead":
            grants |= dict.fromkeys(below["org_unit_key"], "inside")
        elif role in ("divisional director", "executive"):
            levels = {
                "divisional director": ["division", "department"],
                "executive": ["trust", "division", "department"],
            }
            seen = below[below["org_unit_level"].isin(levels[role])]
            for key in seen["org_unit_key"]:
                grants.setdefault(key, "inside" if key == unit else "outside")
    return grants


def expected_where(persona: Persona, access: str, columns: set[str]) -> tuple[str, dict[str, object]]:
    """Return the condition (SQL and parameters) on rows of a served table that the persona should see.

    `access` is what the model declares, `columns` are those of the table.
    """
    if access == "everyone":
        return "true", {}
    if access == "scope":
        is_of_house = bool(persona.grants) or persona.name == "auditor"
        where = "(scope_org_unit_key is null or scope_org_unit_key = any(%(departments)s))" if is_of_house else "false"
        return where, {"departments": sorted(persona.departments)}
    if access == "none":
        return "false", {}
    inside = sorted(key for key, audience in persona.grants.items() if audience == "inside")
    outside = sorted(key for key, audience in persona.grants.items() if audience == "outside")
    parameters = {"inside": inside, "outside": outside, "all": sorted(persona.grants)}
    if "audience" in columns and access in ("audience", "org_unit"):
        rows = (
            "((audience = 'inside' and org_unit_key = any(%(inside)s))"
            " or (audience = 'outside' and org_unit_key = any(%(outside)s)))"
        )
    else:
        rows = f"org_unit_key = any(%({ {'inside': 'inside', 'outside': 'outside'}.get(access, 'all') })s)"
    others = [f"{column} = any(%(all)s)" for column in WHOSE[1:] if column in columns]
    return " and ".join([rows, *others]), parameters
