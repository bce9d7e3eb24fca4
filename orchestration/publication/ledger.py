"""The ledger of publications: every attempt, published or refused, with its reason."""

from dataclasses import dataclass
from datetime import date, datetime
from importlib import resources

import psycopg
from psycopg.rows import class_row

from expectations import chain
from orchestration.publication.origin import Origin


@dataclass(frozen=True)
class Publication:
    """One attempt to publish; what is known of a publication alone is None where it was refused."""

    publication_id: int
    attempted_at: datetime
    state: str
    reason: str | None
    data_to_on: date | None
    fingerprint: str
    run_id: str
    known_before: datetime | None = None
    code_digest: str | None = None
    code_commit: str | None = None
    content_hash: str | None = None
    month_end_on: date | None = None


COLUMNS = ", ".join(Publication.__dataclass_fields__)


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


def find(connection: psycopg.Connection, publication_id: int) -> Publication | None:
    """Return the attempt of this number."""
    query = f"select {COLUMNS} from quality.publication where publication_id = %s"  # noqa: S608 - constant
    with connection.cursor(row_factory=class_row(Publication)) as cursor:
        return cursor.execute(query, [publication_id]).fetchone()


def standing_before(connection: psycopg.Connection, moment: datetime) -> Publication | None:
    """Return the publication that was served just before a moment."""
    query = (
        f"select {COLUMNS} from quality.publication where state = 'published' and attempted_at < %s"  # noqa: S608 - constant
        " order by publication_id desc limit 1"
    )
    with connection.cursor(row_factory=class_row(Publication)) as cursor:
        return cursor.execute(query, [moment]).fetchone()


def run_that_knew(connection: psycopg.Connection, before: datetime) -> str | None:
    """Return the run whose publication was made of what was known before a moment, or of the last before that."""
    row = connection.execute(
        "select run_id from quality.publication where state = 'published' and known_before <= %s"
        " order by known_before desc limit 1",
        [before],
    ).fetchone()
    return str(row[0]) if row else None


def record_published(
    connection: psycopg.Connection,
    origin: Origin,
    run_id: str,
    *,
    data_to_on: date | None,
    month_end_on: date | None,
    content_hash: str,
) -> int:
    """Record that the run published, in the transaction that does so; return the number of the publication.

    It is that of the month which ends on `month_end_on`, unless one before it was, or was of a later month.
    """
    row = connection.execute(
        """
        insert into quality.publication (
            state, fingerprint, run_id, data_to_on, known_before, code_digest, code_commit, content_hash, month_end_on
        )
        select
            'published', %(fingerprint)s, %(run_id)s, cast(%(data_to_on)s as date), %(known_before)s, %(code_digest)s,
            %(code_commit)s, %(content_hash)s, case
                when not exists (select 1 from quality.publication where month_end_on >= cast(%(month_end_on)s as date))
                    then cast(%(month_end_on)s as date)
            end
        returning publication_id
        """,
        {
            **vars(origin),
            "run_id": run_id,
            "data_to_on": data_to_on,
            "month_end_on": month_end_on,
            "content_hash": content_hash,
        },
    ).fetchone()
    return int(row[0])  # type: ignore[index]


def record_refused(connection: psycopg.Connection, fingerprint: str, run_id: str, reason: str) -> None:
    """Record once per run that nothing was published, and why; the previous publication stays up."""
    connection.execute(
        "insert into quality.publication (state, fingerprint, run_id, reason)"
        " select 'refused', %(fingerprint)s, %(run_id)s, %(reason)s"
        " where not exists (select 1 from quality.publication where run_id = %(run_id)s)",
        {"fingerprint": fingerprint, "run_id": run_id, "reason": reason},
    )
