"""Runs a gate: asks its rules, stores the answers, says which of them stop publication."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg

from expectations import failing, results, rule_measure, rules
from expectations.results import CheckResult, GateResult
from expectations.rules import Contract, Gate, Rule


class GateError(RuntimeError):
    """The gate could not be run at all: the database is out of reach."""


def run_gate(
    dsn: str,
    gate: Gate,
    *,
    run_id: str,
    contracts: Sequence[Contract],
    data_docs: Path,
    schema: str,
    endangered: Mapping[str, Sequence[str]],
    declared: Sequence[Rule] | None = None,
) -> GateResult:
    """Ask every rule of `gate` in `schema`, store what is found in schema `quality`, write Data Docs.

    `dsn` is the owner's address as `postgresql+psycopg://`; `endangered` has the measures of each rule (rule id ->
    measure ids); `declared` takes the place of the rules that
    `rules.load` finds. A rule that cannot be asked (a missing table, an exception inside Great Expectations) is
    an error, not a failure, and stops publication whatever its severity. Raises `GateError` when there is no
    connection.
    """
    listed = rules.load(contracts) if declared is None else declared
    asked = tuple(rule for rule in listed if rule.gate == gate)
    try:
        connection = psycopg.connect(dsn.replace("postgresql+psycopg://", "postgresql://", 1), autocommit=True)
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[-1]
        raise GateError(f"The {gate} gate cannot reach the database: {reason}") from None
    with connection:
        for table in (results, failing, rule_measure):
            table.prepare(connection)
        answers = {check.rule_id: check for check in _not_askable(connection, asked, schema)}
        askable = [rule for rule in asked if rule.rule_id not in answers]
        if askable:
            # Importing Great Expectations takes seconds: whoever only reads the rules must not pay for it.
            from expectations import checkpoint  # noqa: PLC0415

            found = checkpoint.ask(
                askable, dsn=dsn, gate=gate, run_id=run_id, contracts=contracts, schema=schema, folder=data_docs
            )
            answers |= {check.rule_id: check for check in found}
        result = GateResult(gate, run_id, tuple(answers[rule.rule_id] for rule in asked))
        results.store(connection, result)
        rule_measure.store(connection, gate, asked, endangered)
        if gate == "entities":
            failing.store(connection, result, schema)
    return result


def _not_askable(connection: psycopg.Connection, asked: Sequence[Rule], schema: str) -> list[CheckResult]:
    """Answer the rules whose table is missing (an error), or that wait for a table that need not exist yet."""
    answers = []
    for rule in asked:
        table, needed = f"{schema}.{rule.table_name}", rule.arguments.get("needs")
        if not _exists(connection, table):
            answers.append(CheckResult(rule, False, True, f"There is no table {table}."))
        elif needed and not _exists(connection, needed):
            answers.append(CheckResult(rule, True, False, f"Nothing to compare with yet: there is no {needed}."))
    return answers


def _exists(connection: psycopg.Connection, table: str) -> bool:
    found = connection.execute("select to_regclass(%s) is not null", [table]).fetchone()
    return bool(found and found[0])
