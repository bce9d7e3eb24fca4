"""The scopes as text for people: whose, on which unit, on which days, by whom and why, and what became of each."""

from dataclasses import dataclass
from datetime import date, datetime

import psycopg
from psycopg.rows import class_row

from orchestration.extract.data_types import ZONE

_QUERY = """
select
    scope_id, user_name, person_name, org_unit_key, role, valid_from_on, valid_to_on, granted_by, granted_at, reason,
    state
from access.user_scope
where cast(%(user)s as text) is null or user_name = %(user)s
order by user_name, scope_id nulls first, role, org_unit_key
"""
_STANDING = """
select kind, decided_by, decided_at, reason from access.decision
where user_name = %s and kind <> 'grant' order by decision_id
"""
_WORDS = {"end": "a scope was ended", "suspend": "suspended", "restore": "restored"}
_HEAD = ("scope", "user", "role", "unit", "from", "to", "state", "granted by")


@dataclass(frozen=True)
class Line:
    """One scope, as `access.user_scope` shows it; one of the feed has no number."""

    scope_id: int | None
    user_name: str
    person_name: str
    org_unit_key: str
    role: str
    valid_from_on: date
    valid_to_on: date | None
    granted_by: str
    granted_at: datetime | None
    reason: str | None
    state: str

    @property
    def cells(self) -> tuple[str, ...]:
        """The line in the order of the head."""
        return (
            str(self.scope_id or "feed"), self.user_name, self.role, self.org_unit_key, str(self.valid_from_on),
            str(self.valid_to_on or "open"), self.state, self.granted_by,
        )  # fmt: skip


def read(owner: psycopg.Connection, user_name: str | None) -> list[Line]:
    """Return the scopes of a person, or of everybody."""
    with owner.cursor(row_factory=class_row(Line)) as cursor:
        return cursor.execute(_QUERY, {"user": user_name}).fetchall()


def draw(owner: psycopg.Connection, user_name: str | None) -> str:
    """Return the scopes as a table, and of one person all that was decided beside them."""
    lines = read(owner, user_name)
    if not lines:
        return f"{user_name} has no scope." if user_name else "Nobody has a scope yet."
    rows = [_HEAD, *(line.cells for line in lines)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEAD))]
    said = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    for place in range(len(lines), 0, -1):
        if reason := lines[place - 1].reason:
            said.insert(place + 1, f"{'':{widths[0]}}  because: {reason}")
    if user_name:
        for kind, by, at, reason in owner.execute(_STANDING, [user_name]).fetchall():
            said.append(f"{at.astimezone(ZONE):%Y-%m-%d %H:%M} {_WORDS[kind]} by {by}: {reason}")
    return "\n".join(said)
