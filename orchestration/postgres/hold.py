"""One pass at a time: who builds in this warehouse holds it, and the database lets go when the process is gone."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from orchestration.errors import WarehouseError
from orchestration.postgres import connection
from orchestration.settings import Settings

LOCK = 6_117_842_003


class HeldError(WarehouseError):
    """Another process holds the warehouse."""


@contextmanager
def hold(settings: Settings) -> Iterator[psycopg.Connection]:
    """Hold the warehouse; give the connection that does, for as long as it stands.

    Raises `HeldError` at once where another process does: nobody waits in a queue unseen.
    """
    with connection.connect(settings, autocommit=True) as held:
        row = held.execute("select pg_try_advisory_lock(%s)", [LOCK]).fetchone()
        if not (row and row[0]):
            raise HeldError("Another refresh of this warehouse is under way: wait until it has ended and start again.")
        yield held
