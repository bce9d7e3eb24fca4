"""The tables of statistics as the dbt source `statistics` declares them, and where they are made."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from psycopg import sql

from orchestration.errors import WarehouseError

SOURCE = "statistics"
# What is learned, followed and searched for steps is of the last three years, as in the models of SHMI. Practice
# changes: what was before is neither to be expected now nor news.
RECENT_MONTHS = 36
DATA_TYPES = ("bigint", "boolean", "date", "double precision", "integer", "text")


class TableError(WarehouseError):
    """A table of statistics is declared in a way that cannot be made, or a frame does not fit its declaration."""


@dataclass(frozen=True)
class Table:
    """One declared table: its columns as (name, type in Postgres) and its key."""

    name: str
    columns: tuple[tuple[str, str], ...]
    key: tuple[str, ...]
    description: str = ""


@dataclass(frozen=True)
class Place:
    """Where marts are that are being made: their schema, that of the entities below them, and what was known.

    `run_id` is the run whose gates said what is in doubt (None: nothing was asked).
    """

    marts: str
    intermediate: str
    known_before: datetime
    run_id: str | None

    def parts(self) -> dict[str, sql.Composable]:
        """Return both schemas, the moment and the run, to be put in a query by their names here."""
        return {
            "marts": sql.Identifier(self.marts),
            "intermediate": sql.Identifier(self.intermediate),
            "known_before": sql.Literal(self.known_before),
            "run_id": sql.Literal(self.run_id),
        }


def declared(manifest: Path) -> dict[str, Table]:
    """Return the tables of the source by name, as the dbt `manifest` has them.

    Raises `TableError` for a column of a type that is not among those known here.
    """
    sources = json.loads(manifest.read_text())["sources"].values()
    return {node["name"]: _table(node) for node in sources if node["source_name"] == SOURCE}


def _table(node: dict) -> Table:
    columns = tuple((column["name"], column["data_type"]) for column in node["columns"].values())
    if unknown := [name for name, data_type in columns if data_type not in DATA_TYPES]:
        raise TableError(
            f"{node['original_file_path']}: {node['name']}.{unknown[0]} has a type that is not one of "
            f"{', '.join(DATA_TYPES)}."
        )
    return Table(node["name"], columns, tuple(node["config"]["meta"]["key"]), node["description"])
