"""Append-only tables of schema `quality`: each row holds the hash of the one before it, so a change shows."""

from importlib import resources

import psycopg

COLUMNS = ("chain_number", "previous_hash", "row_hash")
TABLES = ("check_result", "publication")
_LOCK = 6_117_842_006


def make(connection: psycopg.Connection, table: str, order_column: str) -> None:
    """Seal the rows of `quality.<table>`, those that come from now on with them. Idempotent.

    What was there before is sealed in the order of `order_column`. From then on an update, a delete and a truncate are
    refused to everybody; columns may be added, without a value in the rows that are there.
    """
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        connection.execute(resources.files(__package__).joinpath("chain.sql").read_text())
        connection.execute("call quality.make_chain(%s, %s)", [table, order_column])
