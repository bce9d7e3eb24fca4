"""The ledger of reconciliation: the lines of each run, counted in the database and kept."""

from importlib import resources

import psycopg
from psycopg import sql

from orchestration.reconciliation import step
from orchestration.reconciliation.declaration import Declared

_STORE = """
insert into quality.reconciliation (run_id, step, subject, part, is_total, amount)
select {run_id}, line.* from ({lines}) as line
"""

_DIFFERENT = """
select step, subject, trim_scale(difference), trim_scale(total)
from quality.reconciliation_difference
where run_id = %s and difference <> 0
order by step, subject
"""


def prepare(connection: psycopg.Connection) -> None:
    """Make the ledger and its view of differences. Idempotent."""
    connection.execute(resources.files(__package__).joinpath("ledger.sql").read_text())


def write(connection: psycopg.Connection, declared: Declared, *, run_id: str) -> tuple[str, ...]:
    """Count every step of the run's way and store the lines; return a text for each whole that its parts do not make.

    All of it is stored, or nothing; a run that is counted again replaces its own lines.
    """
    with connection.transaction():
        connection.execute("delete from quality.reconciliation where run_id = %s", [run_id])
        for name, counts in step.counts(declared).items():
            table = sql.SQL("create temporary table {} on commit drop as {}")
            connection.execute(table.format(sql.Identifier(name), counts))
        for lines in step.queries(declared):
            connection.execute(sql.SQL(_STORE).format(run_id=sql.Literal(run_id), lines=lines))
        missing = connection.execute(_DIFFERENT, [run_id]).fetchall()
    return tuple(
        f"{step_name} {subject}: {difference:,f} of {total:,f}" for step_name, subject, difference, total in missing
    )
