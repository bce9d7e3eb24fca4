"""Heads of the chains as they were noted at the end of each run, in a file outside the database."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from orchestration.audit.verify import AuditError

FILE = "heads.csv"
_COLUMNS = ("noted_at", "run_id", "table_name", "row_hash")


@dataclass(frozen=True)
class Head:
    """The last row of a table at the end of a run."""

    noted_at: str
    run_id: str
    table_name: str
    row_hash: str


def add(folder: Path, run_id: str, heads: Mapping[str, str]) -> None:
    """Note the heads (table -> hash) of a run, each once."""
    former = {head.row_hash for head in read(folder)}
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / FILE).open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        if not former:
            writer.writerow(_COLUMNS)
        writer.writerows((now, run_id, table, head) for table, head in heads.items() if head not in former)


def read(folder: Path) -> list[Head]:
    """Return all heads noted, oldest first. Raises `AuditError` for a file that is none of ours."""
    path = folder / FILE
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    if any(len(row) != len(_COLUMNS) for row in rows):
        raise AuditError(f"{path} was changed by hand: a line of it does not hold {', '.join(_COLUMNS)}.")
    return [Head(*row) for row in rows[1:]]
