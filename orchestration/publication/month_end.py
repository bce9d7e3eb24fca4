"""The publication of a month: the first whose data reach the month's end; kept as it was when a later one is served."""

from datetime import date, timedelta

import psycopg
from psycopg import sql

from orchestration.publication import exchange
from orchestration.publication.ledger import Publication

_KEPT = """
select nspname from pg_namespace where nspname in (
    select 'marts_' || to_char(month_end_on, 'YYYY_MM') from quality.publication where month_end_on is not null
)
"""
_VIEWS = """
select n.nspname, c.relname
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
where c.relkind = 'v' and n.nspname = any(%s)
"""


def reached(data_to_on: date) -> date:
    """Return the last end of a month that data to this day reach."""
    return (data_to_on + timedelta(days=1)).replace(day=1) - timedelta(days=1)


def place(month_end_on: date) -> str:
    """Return the schema in which the publication of a month is kept."""
    return f"marts_{month_end_on:%Y_%m}"


def freeze(connection: psycopg.Connection, schema: str, publication: Publication) -> None:
    """Let the analyst read the schema in which a publication is kept, the reader nothing of it, and nobody write."""
    name = sql.Identifier(schema)
    said = f"Publication {publication.publication_id}, data to {publication.data_to_on:%d %B %Y}: kept as it was."
    for statement in (
        sql.SQL("revoke usage on schema {} from cpw_reader").format(name),
        sql.SQL("revoke all on all tables in schema {} from cpw_reader").format(name),
        sql.SQL("revoke insert, update, delete, truncate on all tables in schema {} from current_user").format(name),
        sql.SQL("comment on schema {} is {}").format(name, sql.Literal(said)),
    ):
        connection.execute(statement)


def kept(connection: psycopg.Connection) -> list[str]:
    """Return the schemas in which the publications of months are kept."""
    return [row[0] for row in connection.execute(_KEPT).fetchall()]


def drop_views(connection: psycopg.Connection) -> None:
    """Take the views out of what is kept: they would go on to tell of the ledgers as they are now."""
    for schema, view in connection.execute(_VIEWS, [kept(connection)]).fetchall():
        exchange.unless_read(connection, sql.SQL("drop view if exists {} cascade").format(sql.Identifier(schema, view)))
