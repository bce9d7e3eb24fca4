"""The exchange of one schema for another in one moment, between the statements of those who read it."""

import time
from datetime import UTC, datetime
from itertools import chain, repeat

import psycopg
from psycopg import sql

# For how long in all the exchange lets readers end, and for how long at a time they wait for it: longer each time, and
# never for the second after which the database would take it for a deadlock and end the reader.
PATIENCE = 20.0
TURNS = (0.1, 0.2, 0.4, 0.8)
_BUSY = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)
# What most transactions hold is what they began with: locked first, it lets them end and keeps others from beginning.
# Locked last, those that hold it would wait for what was locked before, and it for them.
_RELATIONS = """
select c.relname
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
left join pg_locks as held on c.oid = held.relation and held.granted and held.mode = 'AccessShareLock'
where n.nspname = %s and c.relkind in ('r', 'v', 'm', 'p')
group by c.relname
order by count(held.pid) desc, c.relname
"""


def swap(connection: psycopg.Connection, served: str, ready: str, former: str) -> None:
    """Rename `served` to `former` and `ready` to `served`, as the last part of the caller's transaction.

    A statement finds its tables one after the other, and a transaction goes on to others: between two of them the names
    must not change. So each relation is locked first, which nobody who reads one allows. Who reads for longer than
    `PATIENCE` holds up nothing: then the names change all the same, and only such a transaction meets both.
    """
    until = time.monotonic() + PATIENCE
    for turn in chain(TURNS, repeat(TURNS[-1])):
        if _lock(connection, served, turn) or time.monotonic() > until:
            break
    connection.execute(sql.SQL("alter schema {} rename to {}").format(*map(sql.Identifier, (served, former))))
    connection.execute(sql.SQL("alter schema {} rename to {}").format(*map(sql.Identifier, (ready, served))))


def _lock(connection: psycopg.Connection, schema: str, turn: float) -> bool:
    """Lock all relations of `schema` until the transaction ends, or within a turn (in seconds) none of them."""
    names = [row[0] for row in connection.execute(_RELATIONS, [schema]).fetchall()]
    until = time.monotonic() + turn
    for_rest = sql.SQL("set local lock_timeout = {}")
    # It changes nothing, and locks a view alone: LOCK would lock the ledgers on which a view stands, too.
    lock = sql.SQL("alter table {} owner to current_user")
    try:
        with connection.transaction():
            for name in names:
                connection.execute(for_rest.format(max(1, round((until - time.monotonic()) * 1000))))
                connection.execute(lock.format(sql.Identifier(schema, name)))
    except _BUSY:
        return False
    return True


def place_for_former(connection: psycopg.Connection, prefix: str) -> str:
    """Return a name for what is no longer served: one that somebody still reads was left where it was."""
    row = connection.execute("select to_regnamespace(%s) is null", [prefix]).fetchone()
    return prefix if row and row[0] else f"{prefix}_{datetime.now(UTC):%Y%m%d%H%M%S%f}"


def drop_former(connection: psycopg.Connection, prefix: str) -> None:
    """Drop what is no longer served; what somebody still reads is dropped after the next publication."""
    query = "select nspname from pg_namespace where starts_with(nspname, %s)"
    for (name,) in connection.execute(query, [prefix]).fetchall():
        unless_read(connection, sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(name)))


def unless_read(connection: psycopg.Connection, statement: sql.Composed) -> None:
    """Execute a statement, unless somebody reads for another five seconds what it would take away."""
    try:
        with connection.transaction():
            connection.execute("set local lock_timeout = '5s'")
            connection.execute(statement)
    except _BUSY:
        return
