"""The organisation of the trust on a day: which department runs a service, and what stands above a leaf."""

from dataclasses import dataclass

import pandas as pd

FOREVER = pd.Timestamp("2262-01-01")


@dataclass(frozen=True)
class Organisation:
    """The trust's code; its departments by period (with the division above); posts of known clinicians."""

    trust_code: str
    departments: pd.DataFrame  # department_code, division_code, treatment_function_code, from_on, to_on
    posts: pd.DataFrame  # post_number, consultant_code, department_code, post_share, from_on, to_on


def organisation(tables: dict[str, pd.DataFrame]) -> Organisation:
    """Return the organisation as the current workforce extracts say it."""
    units = tables["workforce__organisation_unit"]
    (trust_code,) = units.loc[units["org_unit_level"] == "trust", "org_unit_code"].unique()
    departments = units[units["org_unit_level"] == "department"].rename(
        columns={"org_unit_code": "department_code", "parent_org_unit_code": "division_code"}
    )
    posts = tables["workforce__post"].rename(columns={"org_unit_code": "department_code"})
    return Organisation(
        str(trust_code),
        _dated(departments)[["department_code", "division_code", "treatment_function_code", "from_on", "to_on"]],
        _dated(posts)[["post_number", "consultant_code", "department_code", "post_share", "from_on", "to_on"]],
    )


def running_department(organisation: Organisation, asked: pd.DataFrame) -> pd.Series:
    """Return, on the index of `asked` (treatment_function_code, day), the department that runs the service.

    Missing where none does that day. Were there two, against the contract, the lower code is taken.
    """
    runs = organisation.departments.dropna(subset="treatment_function_code")
    pairs = _on_day(asked, runs, "treatment_function_code").sort_values(["row", "department_code"])
    return pairs.drop_duplicates("row").set_index("row")["department_code"].reindex(asked.index)


def ancestors(organisation: Organisation, leaves: pd.DataFrame) -> pd.DataFrame:
    """Return, for `leaves` (org_unit_key of a leaf, day), the units above by level, on the same index.

    Columns department, division, trust hold org_unit_keys; missing where the leaf has none. A department
    stands where it last stood where the workforce extract leaves a gap, and first stood before its first day:
    each record counts once at each level, or the levels would not reconcile.
    """
    post_department = organisation.posts.set_index("post_number")["department_code"]
    kind = leaves["org_unit_key"].str.split(":", n=1).str[0]
    code = leaves["org_unit_key"].str.split(":", n=1).str[1]
    department = code.where(kind == "unattributed", code.map(post_department))
    # A record whose department cannot be told, or is no unit of the trust, stands under the trust only.
    department = department.where(department.isin(organisation.departments["department_code"]))
    asked = pd.DataFrame({"department_code": department, "day": leaves["day"]})
    division = _placement(organisation, asked.dropna()).reindex(leaves.index)
    return pd.DataFrame(
        {
            "department": ("department:" + department).astype(object),
            "division": ("division:" + division).astype(object),
            "trust": f"trust:{organisation.trust_code}",
        },
        index=leaves.index,
    )


def divisions_now(organisation: Organisation, departments: pd.Series, today: pd.Timestamp) -> pd.Series:
    """Return, for department keys, the key of the division as it stands on `today`; missing where it never changed.

    A division changed when a department that stood under it once stood, or stands, under another.
    """
    placed = organisation.departments.groupby("department_code")["division_code"]
    moved = placed.transform("nunique") > 1
    changed = set(organisation.departments.loc[moved, "division_code"])
    asked = pd.DataFrame({"department_code": departments.str.split(":", n=1).str[1], "day": today}).dropna()
    division = _placement(organisation, asked).reindex(departments.index)
    return ("division_now:" + division.where(division.isin(changed))).astype(object)


def _placement(organisation: Organisation, asked: pd.DataFrame) -> pd.Series:
    """Return the division of each asked row (department_code, day): the last to begin by then, or the first."""
    pairs = asked.rename_axis("row").reset_index().merge(organisation.departments, on="department_code")
    has_begun = pairs["from_on"] <= pairs["day"]
    begun = pairs[has_begun].sort_values("from_on").drop_duplicates("row", keep="last")
    before = pairs[~has_begun].sort_values("from_on").drop_duplicates("row")
    return pd.concat([begun, before]).drop_duplicates("row").set_index("row")["division_code"]


def _dated(frame: pd.DataFrame) -> pd.DataFrame:
    """Both days of a period belong to it; an open end lasts for ever."""
    return frame.assign(from_on=frame["valid_from_date"], to_on=frame["valid_to_date"].fillna(FOREVER))


def _on_day(asked: pd.DataFrame, dated: pd.DataFrame, key: str) -> pd.DataFrame:
    """Return every pair of an asked row (its index as `row`) and a dated row of its key valid on its day."""
    numbered = asked.dropna(subset=[key, "day"]).rename_axis("row").reset_index()
    pairs = numbered.merge(dated, on=key)
    return pairs[pairs["day"].between(pairs["from_on"], pairs["to_on"])]
