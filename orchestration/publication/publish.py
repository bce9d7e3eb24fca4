"""Publish: grant each ready mart row by row, then exchange the served schema for the ready one in one moment."""

from collections.abc import Sequence
from datetime import date

import psycopg
from psycopg import sql

from orchestration.errors import WarehouseError
from orchestration.publication import content, exchange, grants, ledger, month_end, parts
from orchestration.publication import origin as origins
from orchestration.publication.ledger import Publication
from orchestration.publication.origin import Origin
from orchestration.publication.served import ServedModel

READY, SERVED, PREVIOUS = "marts_next", "marts", "marts_previous"
_LOCK = 6_117_842_004


class PublishError(WarehouseError):
    """The ready marts are not whole, or another publication is under way."""


def begin(connection: psycopg.Connection, origin: Origin) -> None:
    """Make an empty place for the ready marts, marked with what they are about to be made from.

    What an unfinished or refused attempt left behind goes: nothing of it can be published.
    """
    ready = sql.Identifier(READY)
    with connection.transaction():
        connection.execute(sql.SQL("drop schema if exists {} cascade").format(ready))
        connection.execute(sql.SQL("create schema {}").format(ready))
        connection.execute(sql.SQL("comment on schema {} is {}").format(ready, sql.Literal(origin.note)))


def made_from(connection: psycopg.Connection) -> Origin:
    """Return what the ready marts were made from. Raises `PublishError` when there are none."""
    row = connection.execute(
        "select obj_description(oid, 'pg_namespace') from pg_namespace where nspname = %s", [READY]
    ).fetchone()
    try:
        return origins.read(row[0] if row and row[0] else "")
    except (ValueError, TypeError, KeyError):
        raise PublishError("The ready marts were not built by one whole pass: start the job `refresh`.") from None


def publish(connection: psycopg.Connection, models: Sequence[ServedModel], *, run_id: str) -> date | None:
    """Serve the ready marts in place of the former ones; return the last day that the data cover.

    All of it is one transaction: readers see the whole of one publication or the whole of the other, and a kill at
    any moment leaves one of the two. Raises `PublishError` when a declared mart is missing, or one is there that was
    not declared, or the place of a month that is to be kept is taken.
    """
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        origin = made_from(connection)
        _check_whole(connection, models)
        contents = content.read(connection, READY, models)
        for model in models:
            grants.give(connection, READY, model)
        former = ledger.latest(connection, "published")
        row = connection.execute("select max(data_to_on) from marts_next.reporting_period").fetchone()
        data_to_on = row[0] if row else None
        publication_id = ledger.record_published(
            connection,
            origin,
            run_id,
            data_to_on=data_to_on,
            month_end_on=month_end.reached(data_to_on) if data_to_on else None,
            content_hash=content.whole(contents),
        )
        parts.record(connection, READY, publication_id, origin, contents)
        _exchange(connection, former)
        connection.execute("select review.record_work_items(%s)", [publication_id])
        for schema in month_end.kept(connection):
            grants.take_names(connection, schema, models)
    exchange.drop_former(connection, PREVIOUS)
    month_end.drop_views(connection)
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


def _exchange(connection: psycopg.Connection, former: Publication | None) -> None:
    """Serve the ready marts; the former ones are kept where they are those of a month, and else go."""
    month = former.month_end_on if former else None
    place = month_end.place(month) if month else exchange.place_for_former(connection, PREVIOUS)
    connection.execute(sql.SQL("comment on schema {} is null").format(sql.Identifier(READY)))
    connection.execute(
        sql.SQL("grant usage on schema {} to cpw_reader, cpw_analyst, cpw_pack").format(sql.Identifier(READY))
    )
    try:
        exchange.swap(connection, SERVED, READY, place)
    except psycopg.errors.DuplicateSchema:
        raise PublishError(
            f"Nothing was published: the former publication is to be kept as {place}, and that schema is there "
            "already. Rename it."
        ) from None
    if former and month:
        month_end.freeze(connection, place, former)
