"""What a publication was made from: deliveries, what people said in review, and the code that made marts of both."""

import hashlib
from pathlib import Path

import psycopg

from orchestration.settings import PROJECT

CODE = ("dbt_project", "expectations", "orchestration")
ENDINGS = {".py", ".sql", ".yml", ".yaml", ".csv"}
_ACTS = """
select concat_ws(
    ',',
    (select coalesce(max(act_id), 0) from review.confirmation), (select coalesce(max(act_id), 0) from review.dispute),
    (select coalesce(max(act_id), 0) from review.withdrawal), (select coalesce(max(act_id), 0) from review.decision),
    (select coalesce(max(act_id), 0) from review.rebase), (select coalesce(max(act_id), 0) from review.ending)
)
"""
LEFT_OUT = {"target", "logs", "__pycache__"}


def of(connection: psycopg.Connection, code_digest: str | None = None) -> str:
    """Return the fingerprint (hex) of what a publication made now would be made from: by this code without another."""
    digest = hashlib.sha256((code_digest or of_code()).encode())
    # A late delivery changes the counts of later ones, too. One that is held, refused or rejected made no version.
    row = connection.execute(
        """
        select coalesce(string_agg(
            concat_ws(':', delivery_id, loaded_count, deleted_count, quarantined_count), ',' order by delivery_id
        ), '')
        from raw.delivery where state = 'loaded'
        """
    ).fetchone()
    digest.update(str(row[0] if row else "").encode())
    # What people said is one more source; comments and sign-off change no figure.
    row = connection.execute(_ACTS).fetchone()
    digest.update(str(row[0] if row else "").encode())
    return digest.hexdigest()


def of_code(project: Path = PROJECT) -> str:
    """Return the digest (hex) of the code that turns deliveries into marts: the same wherever it lies."""
    digest = hashlib.sha256()
    for path in code_files(project):
        digest.update(str(path.relative_to(project)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def code_files(project: Path = PROJECT) -> list[Path]:
    """Return the files of code that turn deliveries into marts, in a fixed order."""
    return sorted(
        path
        for room in CODE
        for path in (project / room).rglob("*")
        if path.suffix in ENDINGS and not LEFT_OUT.intersection(path.relative_to(project).parts)
    )
