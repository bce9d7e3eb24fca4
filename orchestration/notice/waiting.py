"""What waits for each person, counted in the database for all of them at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib import resources

import psycopg
from psycopg.rows import class_row


@dataclass(frozen=True)
class Waiting:
    """What waits for a person in a week; at least one of it is not nought.

    `sign_months_on` are months to sign off (their first days), `sign_deadlines_on` the last days for it, in pairs, the
    nearest first. `decided_count` is of the week before; objectives are due within four weeks, or overdue.
    """

    user_name: str
    record_count: int = 0
    record_deadline_on: date | None = None
    dispute_count: int = 0
    decided_count: int = 0
    sign_months_on: Sequence[date] = ()
    sign_deadlines_on: Sequence[date] = ()
    look_count: int = 0
    held_count: int = 0
    objective_count: int = 0


def this_week(owner: psycopg.Connection) -> date:
    """Return the Monday of this week, where the hospital is."""
    row = owner.execute("select cast(date_trunc('week', access.today()) as date)").fetchone()
    assert row is not None
    return row[0]


def read(owner: psycopg.Connection, week_on: date) -> list[Waiting]:
    """Return what waits in the week from `week_on` (a Monday), by user name; nobody for whom nothing does.

    Before the first publication nothing waits for anybody.
    """
    row = owner.execute("select to_regclass('marts.review_record') is not null").fetchone()
    if not (row and row[0]):
        return []
    with owner.cursor(row_factory=class_row(Waiting)) as cursor:
        query = resources.files(__package__).joinpath("waiting.sql").read_text()
        return cursor.execute(query, {"week_on": week_on}).fetchall()
