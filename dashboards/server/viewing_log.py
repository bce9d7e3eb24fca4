"""The connection on which the database is told who sees what: a login of its own, which can do nothing else."""

import threading
from collections.abc import Sequence
from typing import Any

import psycopg2


class ViewingLog:
    """Records viewings and asks for a person's standing, on one kept connection per thread."""

    def __init__(self, dsn: str) -> None:
        """Take the address of the database for the role `cpw_viewing`; connect when first asked."""
        self._dsn = dsn
        self._kept = threading.local()

    def record(self, values: Sequence[Any]) -> None:
        """Record an answer before it is given. Raises `psycopg2.Error` when it could not be recorded."""
        self._one("select access.record_viewing(%s, %s, %s, %s, %s, %s, %s, %s::text[], %s::text[])", values)

    def standing(self, user_name: str) -> str:
        """Return what changes when a person may see something else than before."""
        return str(self._one("select access.standing(%s)", [user_name]))

    def _one(self, statement: str, values: Sequence[Any]) -> Any:  # noqa: ANN401
        """Execute a statement; a connection that broke since it was used last is made anew, once."""
        kept = getattr(self._kept, "connection", None)
        if kept is not None and not kept.closed:
            try:
                return _execute(kept, statement, values)
            except (psycopg2.OperationalError, psycopg2.InterfaceError):
                if not kept.closed:  # it took too long, or was refused: asking again would not help
                    raise
        self._kept.connection = psycopg2.connect(self._dsn, connect_timeout=5)
        self._kept.connection.autocommit = True
        return _execute(self._kept.connection, statement, values)


def _execute(connection: Any, statement: str, values: Sequence[Any]) -> Any:  # noqa: ANN401
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]
