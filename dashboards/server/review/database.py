"""Calls the functions of schema `review` as the person of this request, and turns refusals into our errors.

Nothing that a page sends is trusted: hidden fields say what the person saw, and the database decides again, by the name
that is signed on the connection, whether they may and whether it still holds.
"""

import logging
from typing import Any

import psycopg2
from flask import g, request
from psycopg2 import sql
from psycopg2.extras import RealDictCursor

from dashboards.server.identity import connection_options
from dashboards.server.review import typed
from dashboards.server.review.errors import (
    BadInputError,
    MayNotError,
    ReviewError,
    SomebodyWasFirstError,
    UnavailableError,
)

TIMEOUT_SECONDS = 5
Row = dict[str, Any]
_UNAVAILABLE = "The warehouse does not answer just now, so nothing was changed. Try again in a minute."
_UNREADABLE = "The warehouse cannot make anything of this address or form. Go back, and open the page anew."
_logger = logging.getLogger(__name__)


class ReviewDatabase:
    """The functions of schema `review`, called on a connection that a request opens and closes.

    No connection outlives its request, so none can carry the name of another person.
    """

    def __init__(self, dsn: str, access_key: str) -> None:
        """Take the address of the database for the role `cpw_review`, and the key that signs user names."""
        self._dsn = dsn
        self._access_key = access_key

    def rows(self, function: str, **parameters: Any) -> list[Row]:  # noqa: ANN401
        """Return the rows of `review.<function>`; `parameters` are its own without their `p_`.

        Raises `ReviewError`, by kind, with the sentence of the database.
        """
        try:
            with self._connection().cursor(cursor_factory=RealDictCursor) as cursor:
                cursor.execute(_call(function, parameters), [*parameters.values()])
                return [dict(row) for row in cursor.fetchall()]
        except psycopg2.Error as error:
            raise refusal(error) from None

    def act(self, function: str, **parameters: Any) -> Any:  # noqa: ANN401
        """Do what `review.<function>` does, whole or not at all, and return what it returns."""
        (row,) = self.rows(function, **parameters)
        return next(iter(row.values()))

    def wait_for_others_of(self, user_name: str) -> None:
        """Wait until no other request of this person does the same; others then wait until this one has ended."""
        try:
            with self._connection().cursor() as cursor:
                cursor.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [user_name])
        except psycopg2.Error as error:
            raise refusal(error) from None

    def _connection(self) -> Any:  # noqa: ANN401 - psycopg2 has no types
        if "review_connection" not in g:
            options = connection_options(g.user.username, self._access_key, TIMEOUT_SECONDS)
            if (seen := typed.whole(request.form, "seen_publication_id")) is not None:
                options += f" -c review.seen_publication_id={seen}"
            g.review_connection = psycopg2.connect(self._dsn, options=options, connect_timeout=TIMEOUT_SECONDS)
            g.review_connection.autocommit = True
        return g.review_connection


def close_connection(_: BaseException | None = None) -> None:
    """Close the connection of the request that ends."""
    connection = g.pop("review_connection", None)
    if connection is not None:
        connection.close()


def refusal(error: psycopg2.Error) -> ReviewError:
    """Return our error for one of the database: SQLSTATE CR001 to CR003 are its own sentences for people."""
    sentence = error.diag.message_primary or ""
    if error.pgcode == "CR001":
        return MayNotError(sentence)
    if error.pgcode == "CR002":
        return BadInputError(sentence, (error.diag.column_name or "").removeprefix("p_"))
    if error.pgcode == "CR003":
        return SomebodyWasFirstError(sentence)
    # Class 22: a value out of range or malformed, which no form of ours sends.
    if (error.pgcode or "").startswith("22"):
        return BadInputError(_UNREADABLE)
    _logger.error("A review function failed: %s %s", type(error).__name__, error.pgcode)
    return UnavailableError(_UNAVAILABLE)


def _call(function: str, parameters: dict[str, Any]) -> sql.Composed:
    named = sql.SQL(", ").join(sql.SQL("{} => %s").format(sql.Identifier(f"p_{name}")) for name in parameters)
    return sql.SQL("select * from {}({})").format(sql.Identifier("review", function), named)
