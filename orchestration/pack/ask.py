"""Questions to the database, over any driver that speaks DB-API: pages have another one than the command line."""

import re
from typing import Any, Protocol

Row = dict[str, Any]
_PLACE = re.compile(r"marts(_\d{4}_\d{2})?")


class Connection(Protocol):
    """A connection of psycopg 2 or 3."""

    def cursor(self) -> Any:  # noqa: ANN401 - a cursor has another class in each driver
        """Return a cursor."""


def rows(connection: Connection, query: str, place: str = "marts", **parameters: object) -> list[Row]:
    """Return the rows of a query, in which `{marts}` stands for the schema of a publication.

    Raises `ValueError` for a place that is no such schema; all other parameters are the driver's to hand over.
    """
    if not _PLACE.fullmatch(place):
        raise ValueError(f"{place} is no schema of a publication")
    with connection.cursor() as cursor:
        cursor.execute(query.replace("{marts}", place), parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
