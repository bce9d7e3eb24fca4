"""The deliveries as a table for people: what came, what became of it and, where it is not loaded, why."""

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from orchestration.extract.data_types import ZONE

_QUERY = """
select *
from (
    select
        delivery_id, source_name || '__' || table_name as feed, file_name, extracted_at, state, received_count,
        loaded_count, unchanged_count, quarantined_count, held_count, deleted_count, reason, decided_by,
        decision_reason
    from raw.delivery
    where state = any(%(states)s)
    order by delivery_id desc
    limit %(latest)s
) as latest
order by delivery_id
"""
STATES = ("loaded", "refused", "held", "rejected")
_COUNTS = ("received", "loaded", "unchanged", "quarantined", "held", "gone")


@dataclass(frozen=True)
class Line:
    """One delivery, as the ledger holds it."""

    delivery_id: int
    feed: str
    file_name: str
    extracted_at: datetime | None
    state: str
    received_count: int
    loaded_count: int
    unchanged_count: int
    quarantined_count: int
    held_count: int
    deleted_count: int
    reason: str | None
    decided_by: str | None
    decision_reason: str | None

    @property
    def counts(self) -> tuple[int, ...]:
        """The counts, in the order of the table's columns."""
        return (
            self.received_count, self.loaded_count, self.unchanged_count, self.quarantined_count, self.held_count,
            self.deleted_count,
        )  # fmt: skip

    @property
    def notes(self) -> list[str]:
        """What is to be said beneath the line: why it is not loaded, who decided and what is to be decided."""
        said = [self.reason] if self.reason else []
        if self.decided_by:
            because = f": {self.decision_reason}" if self.decision_reason else ""
            said.append(f"{'rejected' if self.state == 'rejected' else 'released'} by {self.decided_by}{because}")
        if self.state == "held":
            said.append(f"decide: `cpw release {self.delivery_id}` or `cpw reject {self.delivery_id} --because TEXT`")
        return said


def read(owner: psycopg.Connection, *, states: tuple[str, ...] = STATES, latest: int | None = None) -> list[Line]:
    """Return the newest `latest` deliveries (None: all) of these states, oldest first."""
    with owner.cursor(row_factory=class_row(Line)) as cursor:
        return cursor.execute(_QUERY, {"states": list(states), "latest": latest}).fetchall()


def draw(lines: list[Line]) -> str:
    """Return the table as text: a line for each delivery, its notes beneath it."""
    head = ("id", "feed", "file", "extracted", "state", *_COUNTS)
    cells = [
        (
            str(line.delivery_id),
            line.feed,
            line.file_name,
            f"{line.extracted_at.astimezone(ZONE):%Y-%m-%d %H:%M}" if line.extracted_at else "not known",
            line.state,
            *(f"{count:,}" for count in line.counts),
        )
        for line in lines
    ]
    widths = [max(len(row[place]) for row in (head, *cells)) for place in range(len(head))]
    texts = [_row(head, widths)]
    for line, row in zip(lines, cells, strict=True):
        texts += [_row(row, widths), *(f"{'':{widths[0]}}  {note}" for note in line.notes)]
    return "\n".join(texts)


def _row(cells: tuple[str, ...], widths: list[int]) -> str:
    """Return one line: the number and the counts to the right, names to the left."""
    first_count = len(cells) - len(_COUNTS)
    return "  ".join(
        f"{cell:>{width}}" if place == 0 or place >= first_count else f"{cell:<{width}}"
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ).rstrip()
