"""Which gates a run passed: nothing is published on the word of a check that was never run."""

import psycopg

from expectations.rules import GATES


def not_passed(connection: psycopg.Connection, run_id: str) -> tuple[str, ...]:
    """Return the gates that the run did not pass: never run, or with a critical rule failed or in error."""
    rows = connection.execute(
        "select gate from quality.run_check_result where run_id = %s group by gate"
        " having bool_and(is_success or (severity <> 'critical' and not is_error))",
        [run_id],
    ).fetchall()
    passed = {row[0] for row in rows}
    return tuple(gate for gate in GATES if gate not in passed)
