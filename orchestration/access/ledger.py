"""Makes what decides and records access: the two append-only tables, the functions that readers' policies ask."""

from importlib import resources

import psycopg


def prepare(connection: psycopg.Connection) -> None:
    """Make tables, functions and views; the ledgers of schema `quality` must exist. Idempotent.

    Tables are made once and never touched again: a lock on them would hold up every page that is open.
    """
    row = connection.execute("select to_regclass('access.viewing') is not null").fetchone()
    for script in ("scope.sql", "viewing.sql") if row and row[0] else ("tables.sql", "scope.sql", "viewing.sql"):
        connection.execute(resources.files(__package__).joinpath(script).read_text())
    for view in ("decision", "named_person", "user_scope", "person", "viewing"):
        connection.execute(f"grant select on access.{view} to cpw_auditor")
