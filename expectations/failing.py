"""The records that failed rules about entities: `quality.failing_record`, for the newest runs."""

import psycopg
from psycopg import sql

from expectations import question
from expectations.results import GateResult

SAMPLE = 5
KEPT_RUNS = 30
_TABLE = """
create table if not exists quality.failing_record (
    run_id text not null,
    rule_id text not null,
    record_type text not null,
    record_id text not null,
    primary key (run_id, rule_id, record_type, record_id)
);
comment on table quality.failing_record is
'One row per run, rule of the gate entities and record that failed it; the newest runs only.';
comment on column quality.failing_record.run_id is 'Run of the pipeline that asked.';
comment on column quality.failing_record.rule_id is 'Rule, as in check_result.';
comment on column quality.failing_record.record_type is 'What the record is, as in measure_record.';
comment on column quality.failing_record.record_id is 'Id of the record, as in measure_record.';
"""


def prepare(connection: psycopg.Connection) -> None:
    """Make `quality.failing_record`. Idempotent."""
    connection.execute("create schema if not exists quality")
    connection.execute(_TABLE)


def store(connection: psycopg.Connection, result: GateResult, schema: str) -> None:
    """Write the records that failed rules of `result` in `schema`, in place of those of the same run and of old runs.

    A rule that accepts a share of failures names these, too: each is a record in doubt.
    """
    with connection.transaction():
        connection.execute("delete from quality.failing_record where run_id = %s", [result.run_id])
        connection.execute(
            """
            delete from quality.failing_record where run_id not in (
                select run_id from quality.check_result where gate = %s
                group by run_id order by max(checked_at) desc limit %s
            )
            """,
            [result.gate, KEPT_RUNS],
        )
        for check in result.checks:
            if not check.failed_count or check.rule.record is None:
                continue
            placeholders = {"batch": f"{schema}.{check.table_name}", "schema": schema}
            records = question.filled(question.failing_records(check.rule), placeholders)
            # Added as it is: the words of a rule may hold braces and signs of per cent.
            connection.execute(
                sql.SQL("insert into quality.failing_record (run_id, rule_id, record_type, record_id)")
                + sql.SQL(" select {}, {}, record_type, record_id").format(result.run_id, check.rule_id)
                + sql.SQL(f" from ({records}) as record where record_id is not null")
            )
    # Trust joins them with the largest table in the same run, before the server has looked at them by itself.
    connection.execute("analyze quality.failing_record")


def samples(connection: psycopg.Connection, run_id: str) -> dict[str, tuple[str, ...]]:
    """Return for each rule with failing records of the run the first ids of these, in their order."""
    rows = connection.execute(
        """
        select rule_id, array_agg(record_id order by record_id)
        from (
            select rule_id, record_id, row_number() over (partition by rule_id order by record_id) as place
            from quality.failing_record where run_id = %s
        ) as failing
        where place <= %s
        group by rule_id
        """,
        [run_id, SAMPLE],
    ).fetchall()
    return {rule_id: tuple(record_ids) for rule_id, record_ids in rows}
