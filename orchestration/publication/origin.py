"""What the ready marts are made from: what was loaded by then and which code; noted on their schema while they grow."""

import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import psycopg

from orchestration.publication import fingerprint
from orchestration.settings import PROJECT

# The same as in orchestration/review/acting.sql.
ACTS_LOCK = 6_117_842_020


@dataclass(frozen=True)
class Origin:
    """Where marts come from: versions loaded before a moment, and code (the commit only where git holds it)."""

    fingerprint: str
    known_before: datetime
    code_digest: str
    code_commit: str | None

    @property
    def note(self) -> str:
        """The same as text, to be kept with a schema."""
        return json.dumps(asdict(self) | {"known_before": self.known_before.isoformat()})


def now(connection: psycopg.Connection, project: Path = PROJECT) -> Origin:
    """Return what marts that are begun now are made from."""
    # Behind the lock that acts of the review loop take: each is before this moment and can be seen, or after it.
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [ACTS_LOCK])
        known_before = connection.execute("select clock_timestamp()").fetchone()[0]  # type: ignore[index]
    code_digest = fingerprint.of_code(project)
    return Origin(fingerprint.of(connection, code_digest), known_before, code_digest, commit(project))


def read(note: str) -> Origin:
    """Return what a note says. Raises `ValueError`, `TypeError` or `KeyError` for another text."""
    said = json.loads(note)
    return Origin(**said | {"known_before": datetime.fromisoformat(said["known_before"])})


def commit(project: Path = PROJECT) -> str | None:
    """Return the commit that is checked out, from git's own files: where the code runs, git need not be installed."""
    git = project / ".git"
    try:
        head = (git / "HEAD").read_text().strip()
        name = head.removeprefix("ref: ")
        if name == head:
            return head
        if (git / name).exists():
            return (git / name).read_text().strip()
        packed = re.search(rf"^(\w+) {re.escape(name)}$", (git / "packed-refs").read_text(), re.MULTILINE)
    except OSError:
        return None
    return packed[1] if packed else None
