"""A pack made whole: read, sealed and drawn. It needs ReportLab and PyYAML alone, and runs inside Superset as well."""

from datetime import date
from typing import Any

from orchestration.pack import asked, content, seal
from orchestration.pack.ask import Connection
from orchestration.pack.asked import Period
from orchestration.pack.paper import draw


def build(
    connection: Connection, clinician: str, first: date, last: date, publication_id: int | None = None, *, key: bytes
) -> bytes:
    """Return the pack of a clinician (consultant code, user name, post or name) as PDF.

    `first` and `last` are the first days of the first and the last month; `publication_id` is one that is kept, else
    the one that stands is read; `key` signs. The connection is of psycopg 2 or 3, reads as who may read all of it, and
    is left in whatever transaction it is. Raises `PackUsageError` and `PackError`, each with one sentence.
    """
    return _sealed(content.read(connection, clinician, Period(first, last), publication_id), key)


def build_own(connection: Connection, user_name: str, first: date, last: date, *, key: bytes) -> bytes:
    """Return the pack of whoever logs in by just this user name, as `build` does: no other name finds anybody."""
    return _sealed(content.read(connection, user_name, Period(first, last), find=asked.of_user), key)


def _sealed(told: dict[str, Any], key: bytes) -> bytes:
    written = seal.canonical(told)
    return draw.draw(told, written, seal.of(written, key))
