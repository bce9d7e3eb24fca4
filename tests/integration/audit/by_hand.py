"""A publication that was only recorded: what the ledger says of one, with no marts behind it."""

from datetime import UTC, datetime

import psycopg

from orchestration.publication import ledger
from orchestration.publication.origin import Origin

MADE_FROM = Origin("fingerprint", datetime(2026, 10, 1, tzinfo=UTC), "code", None)


def publish_by_hand(owner: psycopg.Connection, run_id: str) -> None:
    """Record that a run published."""
    ledger.record_published(owner, MADE_FROM, run_id, data_to_on=None, month_end_on=None, content_hash="content")
