"""Ten people and what each should see, worked out in Python from the tree of units and their roles."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from tests.installations import BuiltWarehouse

# Columns of served tables that say whose a row is: a reader of the row must be granted each.
WHOSE = ("org_unit_key", "chosen_org_unit_key", "shown_org_unit_key")
# Scopes that no feed gives: role, the level whose pages it opens, user name, unit.
BY_HAND = (
    ("analyst", "department", "visitor.analyst", "department:D110"),
    ("coder", "auditor", "visitor.coder", "department:D110"),
)
# Who checks reads of no unit's figures, and is of the house.
CHECKERS = ("auditor", "coder")
# Accesses that do not go by the units of the rows.
_OF_NO_UNIT = ("everyone", "none", "scope")
# What a view shows of the reader, an owner does not find in it: the same rows, from the tables below it.
_BELOW = {
    "rpt_trend": """
        (
            select
                month.*,
                coalesce(said.count, 0) as comment_count,
                case when said.count = 1 then month.display_value end as commented_value,
                case when said.count > 1 then month.display_value end as much_commented_value
            from marts.rpt_trend_month as month
            left join (
                select org_unit_key, measure_id, month_on, count(*) from review.comment group by 1, 2, 3 /* spoken */
            ) as said using (org_unit_key, measure_id, month_on)
        ) as rpt_trend
    """
}


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
    """Return two clinicians of different departments, one person of each other role, a stranger and a forged name.

    `users` are the ones to take: level -> user name. The stranger and the forged name have a clinician's role. Scopes
    by hand must have been granted (`grant_by_hand`).
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
        *((role, level, user) for role, level, user, _ in BY_HAND),
    ]
    roles = pd.concat(
        [roles, pd.DataFrame([(user, role, unit) for role, _, user, unit in BY_HAND], columns=roles.columns)]
    )
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


def grant_by_hand(warehouse: BuiltWarehouse) -> None:
    """Grant the scopes that no feed gives, as an administrator does."""
    for role, _, user, unit in BY_HAND:
        why = ("--name", f"A Visiting {role.title()}", "--by", "a test", "--reason", "a test")
        granted = warehouse.cpw("access", "grant", user, unit, role, *why)
        assert granted.returncode == 0, granted.stderr


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
    down to departments, those only without small numbers; to an analyst as to the leader of the unit, without posts."""
    grants: dict[str, str] = {}
    for role, unit in zip(roles["role"], roles["org_unit_key"], strict=True):
        below = tree[[unit in above for above in tree["above"]]]
        if role == "clinician":
            grants |= dict.fromkeys(below.loc[below["org_unit_key"] == unit, "org_unit_key"], "inside")
        elif role == "clinical lead":
            grants |= dict.fromkeys(below["org_unit_key"], "inside")
        elif role in ("divisional director", "executive", "analyst"):
            levels = {
                "divisional director": ["division", "department"],
                "executive": ["trust", "division", "department"],
                "analyst": ["trust", "division", "department"],
            }
            seen = below[below["org_unit_level"].isin(levels[role])]
            for key in seen["org_unit_key"]:
                grants.setdefault(key, "inside" if key == unit else "outside")
    return grants


def relation(persona: Persona, table: str) -> str:
    """Return the SQL of what holds, for the owner, the rows of a served table as they are shown to a persona."""
    # An analyst is told of figures, and not what people said of them.
    spoken = "limit 0" if persona.name == "analyst" else ""
    return _BELOW.get(table, f"marts.{table}").replace("/* spoken */", spoken)


def expected_where(persona: Persona, access: str, columns: set[str]) -> tuple[str, dict[str, object]]:
    """Return the condition (SQL and parameters) on rows of a served table that the persona should see.

    `access` is what the model declares, `columns` are those of the table.
    """
    inside, outside = (
        sorted(key for key, granted in persona.grants.items() if granted == audience)
        for audience in ("inside", "outside")
    )
    parameters: dict[str, object] = {
        "inside": inside, "outside": outside, "all": [*inside, *outside], "departments": sorted(persona.departments)
    }  # fmt: skip
    is_of_house = bool(persona.grants) or persona.name in CHECKERS
    rows = {
        "everyone": "true",
        "none": "false",
        "scope": "(scope_org_unit_key is null or scope_org_unit_key = any(%(departments)s))"
        if is_of_house
        else "false",
        "inside": "org_unit_key = any(%(inside)s)",
        "outside": "org_unit_key = any(%(outside)s)",
        "org_unit": "org_unit_key = any(%(all)s)",
        "audience": "((audience = 'inside' and org_unit_key = any(%(inside)s))"
        " or (audience = 'outside' and org_unit_key = any(%(outside)s)))",
    }
    others = [f"{column} = any(%(all)s)" for column in WHOSE[1:] if column in columns and access not in _OF_NO_UNIT]
    return " and ".join([rows[access], *others]), parameters
