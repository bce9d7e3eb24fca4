"""What the gates found: kept in `quality.check_result`, read by auditors and by the pages."""

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from expectations.rules.rule import Gate, Rule

_COLUMNS = (
    ("check_result_id", "bigint generated always as identity primary key", "Order in which results were stored."),
    ("run_id", "text not null", "Run of the pipeline that asked."),
    ("checked_at", "timestamptz not null default now()", "When the gate's results were stored; one time for a gate."),
    (
        "gate",
        "text not null check (gate in ('raw', 'entities', 'marts'))",
        "Gate: raw (extracts), entities (what they tell together) or marts (ready to serve).",
    ),
    ("rule_id", "text not null", "Rule, as declared in expectations/rules or derived from a contract."),
    ("table_name", "text not null", "Table asked, without its schema."),
    ("column_name", "text", "Column or figure asked, where it is one."),
    ("dimension", "text not null", "completeness, validity, uniqueness, consistency, timeliness or accuracy."),
    (
        "severity",
        "text not null check (severity in ('critical', 'warning'))",
        "critical: a failure blocks publication; warning: it is shown.",
    ),
    ("owner", "text not null", "Who answers for the data."),
    ("is_success", "boolean not null", "Whether the answer was yes."),
    (
        "is_error",
        "boolean not null check (not (is_error and is_success))",
        "Whether the question failed, not the data; blocks publication.",
    ),
    ("observed", "text", "What was found, in words."),
    ("failed_count", "bigint", "Rows that failed, where rows were counted."),
    ("checked_count", "bigint", "Rows that were asked, where rows were counted."),
    ("description", "text not null", "What is expected, in plain words."),
    ("what_to_do", "text not null", "What to do when it fails."),
)  # fmt: skip
_GENERATED = ("check_result_id", "checked_at")
# A table that was made when there were fewer gates is told of the others.
_GATES = """
do $$
begin
    if exists (
        select from pg_constraint
        where conrelid = 'quality.check_result'::regclass and conname = 'check_result_gate_check'
        and pg_get_constraintdef(oid) not like '%entities%'
    ) then
        alter table quality.check_result drop constraint check_result_gate_check;
        alter table quality.check_result add check (gate in ('raw', 'entities', 'marts'));
    end if;
end $$
"""


@dataclass(frozen=True)
class CheckResult:
    """One rule's answer. Counts are None where no rows were counted; `is_error`: the question itself failed."""

    rule: Rule
    is_success: bool
    is_error: bool
    observed: str
    failed_count: int | None = None
    checked_count: int | None = None

    @property
    def rule_id(self) -> str:
        """Id of the rule."""
        return self.rule.rule_id

    @property
    def table_name(self) -> str:
        """Table asked, without its schema."""
        return self.rule.table_name

    @property
    def is_blocking(self) -> bool:
        """Whether publication must wait: a critical failure, or a question of any severity that got no answer."""
        return self.is_error or (not self.is_success and self.rule.severity == "critical")


@dataclass(frozen=True)
class GateResult:
    """All answers of one run of a gate."""

    gate: Gate
    run_id: str
    checks: tuple[CheckResult, ...]

    @property
    def critical_failures(self) -> tuple[CheckResult, ...]:
        """The answers for which publication must wait."""
        return tuple(check for check in self.checks if check.is_blocking)


def prepare(connection: psycopg.Connection) -> None:
    """Make `quality.check_result` and the view of each gate's newest results. Idempotent."""
    connection.execute("create schema if not exists quality")
    defined = ", ".join(f"{name} {definition}" for name, definition, _ in _COLUMNS)
    connection.execute(f"create table if not exists quality.check_result ({defined}, unique (run_id, gate, rule_id))")
    connection.execute(_GATES)
    connection.execute(
        "comment on table quality.check_result is 'One row per run, gate and rule: what was asked and answered.'"
    )
    for name, _, comment in _COLUMNS:
        connection.execute(f"comment on column quality.check_result.{name} is {sql.quote(comment)}")
    # A rule that is no longer asked has no place here, so the newest run decides, not the newest row of each rule.
    listed = ", ".join(f"c.{name}" for name, _, _ in _COLUMNS)
    connection.execute(
        f"""
        create or replace view quality.latest_check_result as
        select {listed}
        from quality.check_result as c
        inner join (
            select distinct on (gate) gate, run_id from quality.check_result
            order by gate, checked_at desc, check_result_id desc
        ) as newest on newest.gate = c.gate and newest.run_id = c.run_id
        """  # noqa: S608 - constants
    )
    connection.execute(
        "comment on view quality.latest_check_result is 'One row per gate and rule: the answer of its newest run.'"
    )


def store(connection: psycopg.Connection, result: GateResult) -> None:
    """Write the answers in one transaction; a run that asks the same gate again replaces its own answers."""
    names = [name for name, _, _ in _COLUMNS if name not in _GENERATED]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("delete from quality.check_result where run_id = %s and gate = %s", [result.run_id, result.gate])
        with cursor.copy(f"copy quality.check_result ({', '.join(names)}) from stdin") as copy:
            for row in _rows(result, names):
                copy.write_row(row)


def _rows(result: GateResult, names: Sequence[str]) -> list[tuple[object, ...]]:
    return [
        tuple(
            result.run_id if name == "run_id" else getattr(check if hasattr(check, name) else check.rule, name)
            for name in names
        )
        for check in result.checks
    ]
