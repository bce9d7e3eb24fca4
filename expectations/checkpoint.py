"""One gate as a Great Expectations checkpoint on Postgres: batches, suites, run, Data Docs."""

import datetime
import logging
from collections.abc import Sequence
from pathlib import Path

import great_expectations as gx
from great_expectations.checkpoint import CheckpointResult
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.data_context import EphemeralDataContext

from expectations import answer, batch, data_docs, suite
from expectations.results import CheckResult
from expectations.rules.rule import Contract, Gate, Rule

# Its exceptions are told in the answers; its log would repeat them with tracebacks and values of rows.
logging.getLogger("great_expectations").setLevel(logging.CRITICAL)


def ask(
    asked: Sequence[Rule],
    *,
    dsn: str,
    gate: Gate,
    run_id: str,
    contracts: Sequence[Contract],
    schema: str,
    folder: Path,
) -> tuple[CheckResult, ...]:
    """Return the answers to the rules `asked` (at least one), and write Data Docs into `folder`.

    Where Great Expectations itself raises, no rule was answered: each is an error.
    """
    folder.mkdir(parents=True, exist_ok=True)
    context = gx.get_context(mode="ephemeral", project_config=data_docs.context_config(folder))
    try:
        definitions = _definitions(context, asked, dsn=dsn, gate=gate, contracts=contracts, schema=schema)
        found = _run(context, definitions, gate, run_id)
    except Exception as error:
        return tuple(CheckResult(rule, False, True, answer.error_text(str(error))) for rule in asked)
    by_id = {rule.rule_id: rule for rule in asked}
    answers = tuple(
        answer.read(by_id[validation.expectation_config.meta["rule_id"]], validation)
        for validations in found.run_results.values()
        for validation in validations.results
    )
    data_docs.prune(folder)
    context.build_data_docs(resource_identifiers=list(found.run_results))
    return answers


def _definitions(
    context: EphemeralDataContext,
    asked: Sequence[Rule],
    *,
    dsn: str,
    gate: Gate,
    contracts: Sequence[Contract],
    schema: str,
) -> list[gx.ValidationDefinition]:
    """Return one validation for each table asked, with a suite of its rules."""
    # A query is sorted once, into a temporary table; that lives as long as the one connection of the pool.
    source = context.data_sources.add_postgres(
        "warehouse", connection_string=dsn, create_temp_table=True, kwargs={"pool_size": 1, "max_overflow": 0}
    )
    identifiers = {c.name for contract in contracts for c in contract.columns if c.sensitivity == "identifier"}
    placeholders = {
        "schema": schema,
        "identifiers": ", ".join(suite.quoted(name) for name in sorted(identifiers)) or "null",
    }
    definitions = []
    for name in dict.fromkeys(rule.batch_name for rule in asked):
        rules = [rule for rule in asked if rule.batch_name == name]
        query = batch.query(name, gate, rules, contracts, schema)
        if query is None:
            asset = source.add_table_asset(name, table_name=name, schema_name=schema)
        else:
            asset = source.add_query_asset(name, query=query)
        expectations = [suite.expectation(rule, placeholders) for rule in rules]
        definition = gx.ValidationDefinition(
            name=name,
            data=asset.add_batch_definition("all"),
            suite=context.suites.add(gx.ExpectationSuite(name=f"{gate}.{name}", expectations=expectations)),
        )
        definitions.append(context.validation_definitions.add(definition))
    return definitions


def _run(
    context: EphemeralDataContext, definitions: list[gx.ValidationDefinition], gate: Gate, run_id: str
) -> CheckpointResult:
    # No values of rows: they would put identifiers of patients into Data Docs.
    result_format = {"result_format": "BASIC", "partial_unexpected_count": 0}
    checkpoint = context.checkpoints.add(
        gx.Checkpoint(name=gate, validation_definitions=definitions, result_format=result_format)
    )
    return checkpoint.run(run_id=RunIdentifier(run_name=run_id, run_time=datetime.datetime.now(tz=datetime.UTC)))
