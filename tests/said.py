"""What people of a trust say of its figures and records, said as the review pages say it for them."""

from typing import Any

import psycopg

from orchestration.postgres import connection
from orchestration.settings import Settings
from tests.installations import sign


def as_person(settings: Settings, user: str | None, seen_publication_id: int | None = None) -> psycopg.Connection:
    """Connect with the login of the review pages, for a person who saw a publication; without a name for nobody."""
    options = f"-c app.username={user} -c app.signature={sign(settings, user)}" if user else ""
    if seen_publication_id is not None:
        options += f" -c review.seen_publication_id={seen_publication_id}"
    return connection.connect(settings, "review", options=options, autocommit=True)


def ask(settings: Settings, user: str | None, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Return the rows of one query by one person."""
    with as_person(settings, user) as person:
        return person.execute(query, values).fetchall()  # type: ignore[arg-type]


def say(settings: Settings, user: str, act: str, *values: object) -> Any:
    """Let a person call a function of schema `review`, such as `confirm`; return the number of what was said."""
    places = ", ".join(["%s"] * len(values))
    with as_person(settings, user) as person:
        row = person.execute(f"select * from review.{act}({places})", values).fetchone()  # type: ignore[arg-type]
    return row[0] if row else None
