"""The auditor's report in short: what a run's gates asked, what failed, whom to ask."""

import psycopg


def summary(connection: psycopg.Connection, run_id: str) -> str:
    """Return a text table: a line per gate with its counts, then a line per failure, critical ones first."""
    gates = connection.execute(
        "select gate, max(checked_at), count(*), count(*) filter (where is_success),"
        " count(*) filter (where is_error),"
        " count(*) filter (where not is_success and not is_error and severity = 'critical'),"
        " count(*) filter (where not is_success and not is_error and severity = 'warning')"
        " from quality.run_check_result where run_id = %s group by gate order by max(check_result_id)",
        [run_id],
    ).fetchall()
    if not gates:
        return f"No check was run in {run_id}."
    lines = [
        f"{'gate':<8} {'checked at':<17} {'checks':>6} {'passed':>6} {'errors':>6} {'critical':>8} {'warnings':>8}"
    ]
    lines += [
        f"{gate:<8} {at:%Y-%m-%d %H:%M}  {asked:>6} {passed:>6} {errors:>6} {critical:>8} {warnings:>8}"
        for gate, at, asked, passed, errors, critical, warnings in gates
    ]
    # One cause, such as a missing table, can stop many rules: it is told once.
    failures = connection.execute(
        "select case when is_error then 'error' else severity end as weight, min(rule_id), count(*), observed,"
        " string_agg(distinct owner, ', ')"
        " from quality.run_check_result where run_id = %s and not is_success"
        " group by gate, is_error, severity, observed, case when not is_error then rule_id end"
        " order by is_error desc, severity, min(check_result_id)",
        [run_id],
    ).fetchall()
    lines += [
        f"{weight:<8} {rule_id}{f' and {count - 1} more' if count > 1 else ''}: {observed} (ask: {owner})"
        for weight, rule_id, count, observed, owner in failures
    ]
    return "\n".join(lines)
