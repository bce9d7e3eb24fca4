"""Check results as CSV: every answer of every run with its hashes, under plain names."""

import sys
from pathlib import Path

import psycopg
from psycopg import sql

from orchestration.audit.verify import AuditError
from orchestration.errors import UsageError

# Heading -> column.
_COLUMNS = {
    "number": "check_result_id",
    "run": "run_id",
    "attempt": "attempt",
    "checked at": "checked_at",
    "gate": "gate",
    "rule": "rule_id",
    "table": "table_name",
    "column": "column_name",
    "quality dimension": "dimension",
    "severity": "severity",
    "owner": "owner",
    "passed": "is_success",
    "could not be asked": "is_error",
    "found": "observed",
    "rows failed": "failed_count",
    "rows checked": "checked_count",
    "what is expected": "description",
    "what to do": "what_to_do",
    "place in chain": "chain_number",
    "hash of the row before": "previous_hash",
    "hash of this row": "row_hash",
}
_YES_OR_NO = {"is_success", "is_error"}


def write(owner: psycopg.Connection, path: Path | None) -> int:
    """Write all results, oldest first, to `path` or to standard output; return how many.

    Raises `UsageError` for a file that cannot be written, `AuditError` where no results are kept yet.
    """
    if not owner.execute("select to_regclass('quality.check_result') is not null").fetchone()[0]:  # type: ignore[index]
        raise AuditError("No results are kept yet: run `cpw run --extracts DIR` first.")
    listed = [
        sql.SQL("case when {} then 'yes' else 'no' end as {}" if column in _YES_OR_NO else "{} as {}").format(
            sql.Identifier(column), sql.Identifier(name)
        )
        for name, column in _COLUMNS.items()
    ]
    query = sql.SQL("copy (select {} from quality.check_result order by chain_number) to stdout (format csv, header)")
    try:
        file = path.open("wb") if path else sys.stdout.buffer
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from None
    try:
        with owner.cursor() as cursor:
            owner.execute("set local timezone = 'UTC'")
            with cursor.copy(query.format(sql.SQL(", ").join(listed))) as rows:
                for block in rows:
                    file.write(block)
            file.flush()
            return cursor.rowcount
    finally:
        if path:
            file.close()
