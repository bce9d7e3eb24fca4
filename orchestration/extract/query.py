"""The statements that read a contract's query page by page, in a form that every database of SQLAlchemy understands.

A page begins behind the last row of the page before it (keyset), not at a number of rows: that costs the same for each
page, and a row that comes or goes meanwhile shifts no other.
"""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, bindparam, column, literal_column, or_, select, text
from sqlalchemy.types import NullType

from orchestration.extract.contract import Query

# What SQLAlchemy would take for a parameter: the declared SQL has none.
_LIKE_A_PARAMETER = re.compile(r"(?<![:\w\\]):(?=\w+(?!:))")


def key(query: Query) -> tuple[str, ...]:
    """Return the columns by which rows are ordered and told apart: the watermark, if there is one, and `order_by`."""
    first = (query.watermark,) if query.watermark else ()
    return (*first, *(name for name in query.order_by if name not in first))


def page(query: Query, after: Sequence[Any] | None, since: Any | None = None) -> Select:  # noqa: ANN401 - as the source
    """Return the statement for the page behind the row with key `after`, and for one row more, which tells of a next.

    The first page begins with the rows whose watermark is `since`: others may have come at the same moment.
    """
    source = _source(query)
    keys = [source.c[name] for name in key(query)]
    statement = select(literal_column("*")).select_from(source).order_by(*keys).limit(query.page_rows + 1)
    if after is not None:
        return statement.where(_beyond(keys, after))
    return statement if since is None else statement.where(keys[0] >= _value(since))


def empty_keys(query: Query) -> Select:
    """Return the statement that finds a row without a value in a column of its key: no page would hold it."""
    source = _source(query)
    missing = or_(*(source.c[name].is_(None) for name in key(query)))
    return select(literal_column("1")).select_from(source).where(missing).limit(1)


def _source(query: Query) -> Subquery:
    declared = _LIKE_A_PARAMETER.sub(r"\\:", query.sql.strip().rstrip(";"))
    # A line of its own: the declared SQL may end in a comment.
    return text(f"{declared}\n").columns(*(column(name) for name in key(query))).subquery("source_rows")


def _beyond(keys: Sequence[ColumnElement[Any]], after: Sequence[Any]) -> ColumnElement[bool]:
    """Return `keys > after`, column by column: not every database compares rows of values."""
    first, value = keys[0], _value(after[0])
    if len(keys) == 1:
        return first > value
    # The first condition says nothing new; it lets the database use an index on the first column.
    return and_(first >= value, or_(first > value, _beyond(keys[1:], after[1:])))


def _value(value: Any) -> ColumnElement[Any]:  # noqa: ANN401 - a key is of any type
    # Without a type: the database takes that of the column, and compares as it orders.
    return bindparam(None, value, type_=NullType())
