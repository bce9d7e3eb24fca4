"""What people of a trust say of its figures and records, said as the review pages say it for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from orchestration.postgres import connection
from orchestration.settings import Settings
from tests.installations import sign


@contextmanager
def reviewing(settings: Settings, user: str) -> Iterator[psycopg.Connection]:
    """Connect with the login of the review pages, for a person."""
    options = f"-c app.username={user} -c app.signature={sign(settings, user)}"
    with connection.connect(settings, "review", options=options, autocommit=True) as opened:
        yield opened


def say(settings: Settings, user: str, act: str, *values: object) -> Any:
    """Let a person call a function of schema `review`, such as `confirm`; return the number of what was said."""
    places = ", ".join(["%s"] * len(values))
    with reviewing(settings, user) as person:
        row = person.execute(f"select * from review.{act}({places})", values).fetchone()  # type: ignore[arg-type]
    return row[0] if row else None
