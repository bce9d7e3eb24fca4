"""All statistics in the order of their making: what is expected, what is in doubt, what to make of figures."""

from collections.abc import Callable, Mapping

import psycopg

from orchestration.comparison import case_mix, figures, sequence, trust
from orchestration.comparison.declaration import Place, Table


def write(
    connection: psycopg.Connection, place: Place, declared: Mapping[str, Table], on_progress: Callable[[str], object]
) -> dict[str, int]:
    """Fill every table of statistics from the marts in `place`; return the rows of each by name."""
    rows: dict[str, int] = {}
    for make in (case_mix.write, trust.write, figures.write, sequence.write):
        rows |= make(connection, place, declared, on_progress)
    return rows
