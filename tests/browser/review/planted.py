"""A spell that is planted for the wrong clinician, the files by which its source corrects it, and whom it concerns."""

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from tests.installations import BuiltWarehouse


@dataclass(frozen=True)
class Case:
    """A spell that was written for one clinician and is truly a colleague's, and the people whom that concerns."""

    record_id: str
    month: str
    written_code: str
    true_code: str
    post: str
    department: str
    clinician: str
    colleague: str
    lead: str
    director: str
    executive: str
    true_clinician_key: str


def plant(extracts: Path) -> tuple[str, str, str]:
    """Write an emergency spell for a clinician of another division; return its number, the wrong code and the true one.

    Of emergencies of one episode no other source says whose they are: nothing but a dispute finds it out.
    """
    (file,) = extracts.glob("pas__consultant_episode__20261001T*.csv")
    with file.open(newline="") as lines:
        columns, *rows = csv.reader(lines)
    at = {name: place for place, name in enumerate(columns)}
    division = _divisions(extracts)
    of_spell = Counter(row[at["HOSPITAL PROVIDER SPELL NUMBER"]] for row in rows)
    for row in reversed(rows):
        true = row[at["CONSULTANT CODE"]]
        others = sorted(division.index[division != division.get(true)])
        if (
            row[at["ADMISSION METHOD CODE"]] == "21"
            and "2026-03" <= row[at["DISCHARGE DATE HOSPITAL PROVIDER SPELL"]][:7] <= "2026-06"
            and of_spell[row[at["HOSPITAL PROVIDER SPELL NUMBER"]]] == 1
            and true in division
            and others
        ):
            row[at["CONSULTANT CODE"]] = others[0]
            with file.open("w", newline="") as lines:
                csv.writer(lines).writerows([columns, *rows])
            return row[at["HOSPITAL PROVIDER SPELL NUMBER"]], others[0], true
    raise AssertionError("the trust has no emergency spell of a clinician with one post")


def _divisions(extracts: Path) -> pd.Series:
    """Return the division of each clinician who holds one post, and holds it still."""
    (posts,) = extracts.glob("workforce__post__*.csv")
    (units,) = extracts.glob("workforce__organisation_unit__*.csv")
    held, tree = pd.read_csv(posts, dtype=str), pd.read_csv(units, dtype=str)
    held = held[held["VALID TO DATE"].isna() & ~held["CONSULTANT CODE"].duplicated(keep=False)]
    tree = tree[tree["VALID TO DATE"].isna() & ~tree["ORG UNIT CODE"].duplicated(keep=False)]
    placed = held.merge(tree, on="ORG UNIT CODE")
    return placed.set_index("CONSULTANT CODE")["PARENT ORG UNIT CODE"]


def deliver(extracts: Path, spell: str, consultant_code: str, at: str) -> None:
    """Write a later file of episodes that holds the one of a spell again, for another consultant."""
    columns: list[str] = []
    row: list[str] = []
    for file in sorted(extracts.glob("pas__consultant_episode__*.csv")):
        with file.open(newline="") as lines:
            rows = csv.reader(lines)
            columns = next(rows)
            row = next((one for one in rows if one[0] == spell), row)
    row[columns.index("CONSULTANT CODE")] = consultant_code
    with (extracts / f"pas__consultant_episode__{at}.csv").open("w", newline="") as lines:
        csv.writer(lines).writerows([columns, row])


def people_of(trust: BuiltWarehouse, spell: str, written_code: str, true_code: str) -> Case:
    """Return who is concerned by a spell: who carries it, who truly had it, and who leads above them."""
    found = trust.query(
        """
        select
            record.record_id, cast(record.month_on as text) as month, record.org_unit_key as post,
            unit.department_key as department, holder.user_name as clinician, truly.user_name as colleague,
            lead.user_name as lead, director.user_name as director, executive.user_name as executive,
            truly.clinician_key as true_clinician_key
        from marts.review_record as record
        inner join marts.dim_org_unit as unit on record.org_unit_key = unit.org_unit_key
        inner join intermediate.int_clinician as truly on truly.consultant_code = %(true_code)s
        inner join access.user_scope as holder
            on unit.org_unit_key = holder.org_unit_key and holder.role = 'clinician' and holder.state = 'in force'
        inner join access.user_scope as lead
            on unit.department_key = lead.org_unit_key and lead.role = 'clinical lead' and lead.state = 'in force'
        inner join marts.dim_org_unit as department on unit.department_key = department.org_unit_key
        inner join access.user_scope as director
            on department.parent_org_unit_key = director.org_unit_key and director.state = 'in force'
        inner join access.user_scope as executive on executive.role = 'executive' and executive.state = 'in force'
        where record.record_type = 'spell' and record.record_id = %(spell)s
        order by executive.user_name
        """,
        spell=spell,
        true_code=true_code,
    )
    assert len(found), "nobody is concerned by the planted spell"
    return Case(written_code=written_code, true_code=true_code, **found.iloc[0].to_dict())
