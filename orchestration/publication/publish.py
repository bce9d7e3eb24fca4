"""Publish: grant each ready mart row by row, then exchange the served schema for the ready one in one moment."""

from collections.abc import Sequence
from datetime import date

import psycopg
from psycopg import sql

from orchestration.errors import WarehouseError
from orchestration.publication import ledger
from orchestration.publication.served import ServedModel

READY, SERVED, PREVIOUS = "marts_next", "marts", "marts_previous"
_LOCK = 6_117_842_004


class PublishError(WarehouseError):
    """The ready marts are not whole, or another publication is under way."""


def clear_ready(connection: psycopg.Connection) -> None:
    """Remove what an unfinished or refused attempt left behind, so that nothing of it can be published."""
    connection.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(READY)))


def publish(
    connection: psycopg.Connection, models: Sequence[ServedModel], *, fingerprint: str, run_id: str
) -> date | None:
    """Serve the ready marts in place of the former ones; return the last day that the data cover.

    All of it is one transaction: readers see the whole of one publication or the whole of the other, and a kill at
    any moment leaves one of the two. Raises `PublishError` when a declared mart is missing, or one is there that was
    not declared.
    """
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        _check_whole(connection, models)
        for model in models:
            _grant(connection, model)
        _exchange(connection)
        row = connection.execute("select max(data_to_on) from marts.reporting_period").fetchone()
        data_to_on = row[0] if row else None
        ledger.record_published(connection, fingerprint, run_id, data_to_on)
    _drop_previous(connection)
    return data_to_on


def _check_whole(connection: psycopg.Connection, models: Sequence[ServedModel]) -> None:
    rows = connection.execute(
        "select c.relname from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid"
        " where n.nspname = %s and c.relkind in ('r', 'v', 'm', 'p')",
        [READY],
    ).fetchall()
    found, declared = {row[0] for row in rows}, {model.name for model in models}
    if missing := sorted(declared - found):
        raise PublishError(f"Nothing was published: the marts {', '.join(missing)} were not built.")
    if unknown := sorted(found - declared):
        raise PublishError(f"Nothing was published: schema {READY} holds {', '.join(unknown)}, no known mart.")


def _grant(connection: psycopg.Connection, model: ServedModel) -> None:
    """Give the reader the rows that the model's access says; the analyst reads every row."""
    table = sql.Identifier(READY, model.name)
    statements: list[sql.Composed] = []
    if model.is_view and model.access == "org_unit":
        # With its owner's rights a view would read past the rules of the tables below it.
        statements.append(sql.SQL("alter view {} set (security_invoker = true)").format(table))
    if not model.is_view:
        statements.append(sql.SQL("alter table {} enable row level security").format(table))
        statements.append(sql.SQL("create policy analyst on {} for select to cpw_analyst using (true)").format(table))
    if not model.is_view and model.access == "everyone":
        statements.append(sql.SQL("create policy everyone on {} for select to cpw_reader using (true)").format(table))
    if not model.is_view and model.access == "org_unit":
        # The array is made once per query; a function asked for each row would take a thousand times as long.
        statements.append(
            sql.SQL(
                "create policy granted_unit on {} for select to cpw_reader using"
                " (org_unit_key = any (array(select access.visible_org_unit_key())))"
            ).format(table)
        )
    readers = "cpw_analyst" if model.access == "none" else "cpw_analyst, cpw_reader"
    statements.append(sql.SQL("grant select on {} to ").format(table) + sql.SQL(readers))
    for statement in statements:
        connection.execute(statement)


def _exchange(connection: psycopg.Connection) -> None:
    """Rename the schemas. A rename asks for no lock on the tables, so no reader waits and none is waited for."""
    ready, served, previous = (sql.Identifier(name) for name in (READY, SERVED, PREVIOUS))
    exists = connection.execute("select to_regnamespace(%s) is not null", [PREVIOUS]).fetchone()
    if exists and exists[0]:
        connection.execute(sql.SQL("drop schema {} cascade").format(previous))
    connection.execute(sql.SQL("alter schema {} rename to {}").format(served, previous))
    connection.execute(sql.SQL("alter schema {} rename to {}").format(ready, served))
    connection.execute(sql.SQL("grant usage on schema {} to cpw_reader, cpw_analyst").format(served))


def _drop_previous(connection: psycopg.Connection) -> None:
    """Drop the former publication; while somebody still reads it, the next publication will."""
    try:
        with connection.transaction():
            connection.execute("set local lock_timeout = '10s'")
            connection.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(PREVIOUS)))
    except psycopg.errors.LockNotAvailable:
        return
