"""The ledger of publications: every attempt, published or refused, with its reason."""

from dataclasses import dataclass
from datetime import date, datetime
from importlib import resources

import psycopg
from psycopg.rows import class_row

from expectations import chain

COLUMNS = "publication_id, attempted_at, state, reason, data_to_on, fingerprint, run_id"


@dataclass(frozen=True)
class Publication:
    """One attempt to publish."""

    publication_id: int
    attempted_at: datetime
    state: str
    reason: str | None
    data_to_on: date | None
    fingerprint: str
    run_id: str


def prepare(connection: psycopg.Connection) -> None:
    """Make the ledger and the auditor's views; the delivery ledger must exist. Idempotent."""
    connection.execute(resources.files(__package__).joinpath("quality.sql").read_text())
    chain.make(connection, "publication", "publication_id")


def latest(connection: psycopg.Connection, state: str) -> Publication | None:
    """Return the newest attempt that ended in `state` ('published' or 'refused')."""
    query = f"select {COLUMNS} from quality.publication where state = %s order by publication_id desc limit 1"  # noqa: S608 - constant
    with connection.cursor(row_factory=class_row(Publication)) as cursor:
        return cursor.execute(query, [state]).fetchone()


def of_run(connection: psycopg.Connection, run_id: str) -> Publication | None:
    """Return the attempt that the run `run_id` made."""
    query = f"select {COLUMNS} from quality.publication where run_id = %s order by publication_id desc limit 1"  # noqa: S608 - constant
    with connection.cursor(row_factory=class_row(Publication)) as cursor:
        return cursor.execute(query, [run_id]).fetchone()


def record_published(connection: psycopg.Connection, fingerprint: str, run_id: str, data_to_on: date | None) -> None:
    """Record that the run published, in the transaction that does so."""
    connection.execute(
        "insert into quality.publication (state, fingerprint, run_id, data_to_on) values ('published', %s, %s, %s)",
        [fingerprint, run_id, data_to_on],
    )


def record_refused(connection: psycopg.Connection, fingerprint: str, run_id: str, reason: str) -> None:
    """Record once per run that nothing was published, and why; the previous publication stays up."""
    connection.execute(
        "insert into quality.publication (state, fingerprint, run_id, reason)"
        " select 'refused', %(fingerprint)s, %(run_id)s, %(reason)s"
        " where not exists (select 1 from quality.publication where run_id = %(run_id)s)",
        {"fingerprint": fingerprint, "run_id": run_id, "reason": reason},
    )
