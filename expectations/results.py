"""What the gates found: kept in `quality.check_result`, read by auditors and by the pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from expectations import chain
from expectations.rules.rule import Gate, Rule

_COLUMNS = (
    ("check_result_id", "bigint generated always as identity primary key", "Order in which results were stored."),
    ("run_id", "text not null", "Run of the pipeline that asked."),
    ("checked_at", "timestamptz not null default now()", "When the gate's results were stored; one time for a gate."),
    ("gate", "text not null", "Gate: raw (extracts), entities (joined, before measures) or marts (ready to serve)."),
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
    ("attempt", "integer not null default 1", "How often the run had asked the gate, this time included."),
)  # fmt: skip
_GENERATED = ("check_result_id", "checked_at")
# A table made before runs could ask twice is brought to what is declared above, before its rows are sealed.
_ONCE_PER_ATTEMPT = """
do $$
begin
    if to_regclass('quality.check_result_of_run') is null then
        alter table quality.check_result add column if not exists attempt integer not null default 1;
        alter table quality.check_result drop constraint if exists check_result_gate_check;
        alter table quality.check_result drop constraint if exists check_result_run_id_gate_rule_id_key;
        create unique index check_result_of_run on quality.check_result (run_id, gate, attempt, rule_id);
    end if;
end
$$
"""
_VIEWS = {
    "run_check_result": (
        "One row per run, gate and rule: the answer of the run's newest attempt.",
        "select run_id, gate, max(attempt) as attempt from quality.check_result group by run_id, gate",
    ),
    # A rule that is no longer asked has no place here, so the newest run decides, not the newest row of each rule.
    "latest_check_result": (
        "One row per gate and rule: the answer of its newest run.",
        "select distinct on (gate) gate, run_id, attempt from quality.check_result"
        " order by gate, checked_at desc, check_result_id desc",
    ),
}


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
    """Make `quality.check_result`, a chain, and the views of each run's and each gate's newest answers. Idempotent."""
    connection.execute("create schema if not exists quality")
    defined = ", ".join(f"{name} {definition}" for name, definition, _ in _COLUMNS)
    connection.execute(f"create table if not exists quality.check_result ({defined})")
    connection.execute(_ONCE_PER_ATTEMPT)
    connection.execute(
        "comment on table quality.check_result is 'One row per run, gate, attempt and rule: asked and answered.'"
    )
    for name, _, comment in _COLUMNS:
        connection.execute(f"comment on column quality.check_result.{name} is {sql.quote(comment)}")
    chain.make(connection, "check_result", "check_result_id")
    listed = ", ".join(f"c.{name}" for name in (*(name for name, _, _ in _COLUMNS), *chain.COLUMNS))
    for view, (answers, newest) in _VIEWS.items():
        connection.execute(
            f"create or replace view quality.{view} as select {listed} from quality.check_result as c "  # noqa: S608 - constants
            f"inner join ({newest}) as newest using (gate, run_id, attempt)"
        )
        connection.execute(f"comment on view quality.{view} is {sql.quote(answers)}")


def store(connection: psycopg.Connection, result: GateResult) -> None:
    """Add the answers in one transaction; those of a run that asks the same gate again are a new attempt."""
    names = [name for name, _, _ in _COLUMNS if name not in _GENERATED]
    with connection.transaction(), connection.cursor() as cursor:
        attempt = cursor.execute(
            "select coalesce(max(attempt), 0) + 1 from quality.check_result where run_id = %s and gate = %s",
            [result.run_id, result.gate],
        ).fetchone()[0]  # type: ignore[index]
        with cursor.copy(f"copy quality.check_result ({', '.join(names)}) from stdin") as copy:
            for row in _rows(result, names, {"run_id": result.run_id, "attempt": attempt}):
                copy.write_row(row)
        cursor.execute("analyze quality.check_result")


def _rows(result: GateResult, names: Sequence[str], of_gate: Mapping[str, object]) -> list[tuple[object, ...]]:
    return [
        tuple(
            of_gate[name] if name in of_gate else getattr(check if hasattr(check, name) else check.rule, name)
            for name in names
        )
        for check in result.checks
    ]
