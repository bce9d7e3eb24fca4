"""The ledger of notices, by which nobody is told the same week twice, however often a run breaks off."""

from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Literal

import psycopg
from psycopg.rows import class_row

State = Literal["handed over", "sent", "refused"]
_NEWEST = """
select distinct on (user_name) user_name, week_on, state, message_id, content_hash, reason
from review.notice
where week_on = %s
order by user_name, notice_id desc
"""
_STEP = """
insert into review.notice (user_name, week_on, state, message_id, content_hash, reason)
values (%(user_name)s, %(week_on)s, %(state)s, %(message_id)s, %(content_hash)s, %(reason)s)
"""


@dataclass(frozen=True)
class Step:
    """How far the notice of a person for a week has come; the week is named by its Monday."""

    user_name: str
    week_on: date
    state: State
    message_id: str
    content_hash: str
    reason: str | None = None


def prepare(connection: psycopg.Connection) -> None:
    """Make the ledger; schema `review` and `quality.refuse_change()` must exist. Idempotent."""
    row = connection.execute("select to_regclass('review.notice') is not null").fetchone()
    if not (row and row[0]):
        connection.execute(resources.files(__package__).joinpath("tables.sql").read_text())


def note(owner: psycopg.Connection, step: Step) -> None:
    """Write a step down; outside of a transaction it is kept before this returns."""
    owner.execute(_STEP, vars(step))


def newest(owner: psycopg.Connection, week_on: date) -> dict[str, Step]:
    """Return the last step of each person's notice for a week."""
    with owner.cursor(row_factory=class_row(Step)) as cursor:
        return {step.user_name: step for step in cursor.execute(_NEWEST, [week_on]).fetchall()}
