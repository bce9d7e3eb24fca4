"""People of a small trust of one's own who say something of its records, as Superset's server says it for them."""

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg

from orchestration.postgres import connection
from orchestration.settings import Settings
from tests.installations import BuiltWarehouse, sign


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


def as_person(settings: Settings, user: str | None) -> psycopg.Connection:
    """Connect as the review pages do for a person; without a name as nobody."""
    options = f"-c app.username={user} -c app.signature={sign(settings, user)}" if user else ""
    return connection.connect(settings, "review", options=options, autocommit=True)


def ask(settings: Settings, user: str | None, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Return the rows of one query by one person."""
    with as_person(settings, user) as person:
        return person.execute(query, values).fetchall()  # type: ignore[arg-type]


def plant(extracts: Path) -> tuple[str, str, str]:
    """Write an emergency spell for a colleague of its consultant; return its number, the wrong code and the true one.

    Of emergencies of one episode no other source says whose they are: nothing but a dispute finds it out.
    """
    (file,) = extracts.glob("pas__consultant_episode__20261001T*.csv")
    with file.open(newline="") as lines:
        columns, *rows = csv.reader(lines)
    at = {name: place for place, name in enumerate(columns)}
    (posts,) = extracts.glob("workforce__post__*.csv")
    held = pd.read_csv(posts, dtype=str)
    held = held[held["VALID TO DATE"].isna() & ~held["CONSULTANT CODE"].duplicated(keep=False)]
    department = held.set_index("CONSULTANT CODE")["ORG UNIT CODE"]
    of_spell = Counter(row[at["HOSPITAL PROVIDER SPELL NUMBER"]] for row in rows)
    for row in reversed(rows):
        true = row[at["CONSULTANT CODE"]]
        colleagues = sorted(department.index[department == department.get(true)].difference([true]))
        if (
            row[at["ADMISSION METHOD CODE"]] == "21"
            and "2026-03" <= row[at["DISCHARGE DATE HOSPITAL PROVIDER SPELL"]][:7] <= "2026-06"
            and of_spell[row[at["HOSPITAL PROVIDER SPELL NUMBER"]]] == 1
            and colleagues
        ):
            row[at["CONSULTANT CODE"]] = colleagues[0]
            with file.open("w", newline="") as lines:
                csv.writer(lines).writerows([columns, *rows])
            return row[at["HOSPITAL PROVIDER SPELL NUMBER"]], colleagues[0], true
    raise AssertionError("the trust has no emergency spell of a clinician with colleagues")


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
