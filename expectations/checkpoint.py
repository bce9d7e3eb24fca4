"""One gate as Great Expectations checkpoints on Postgres: a batch, a suite and a run per table, then Data Docs."""

import datetime
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import great_expectations as gx
from great_expectations.checkpoint import CheckpointResult
from great_expectations.core.batch_definition import BatchDefinition
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.data_context import EphemeralDataContext
from great_expectations.data_context.types.resource_identifiers import ValidationResultIdentifier
from great_expectations.datasource.fluent import PostgresDatasource
from great_expectations.expectations.expectation import Expectation
from sqlalchemy import make_url

from expectations import answer, batch, data_docs, question, suite
from expectations.results import CheckResult
from expectations.rules.rule import Contract, Gate, Rule

# Its exceptions are told in the answers; its log would repeat them with tracebacks and values of rows.
logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
# No values of rows: they would put identifiers of patients into Data Docs.
_RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0}


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
    """Return the answers to the rules `asked`, and write Data Docs into `folder`.

    Where Great Expectations raises on a table, none of its rules was answered: each is an error.
    """
    folder.mkdir(parents=True, exist_ok=True)
    context = gx.get_context(mode="ephemeral", project_config=data_docs.context_config(folder))
    address = _in_schema(dsn, schema)
    tables = context.data_sources.add_postgres("tables", connection_string=address, create_temp_table=False)
    # A query is run once, into a temporary table; that lives as long as the one connection of the pool.
    queries = context.data_sources.add_postgres(
        "queries", connection_string=address, create_temp_table=True, kwargs={"pool_size": 1, "max_overflow": 0}
    )
    identifiers = {c.name for contract in contracts for c in contract.columns if c.sensitivity == "identifier"}
    placeholders = {
        "schema": schema,
        "identifiers": ", ".join(question.quoted(name) for name in sorted(identifiers)) or "null",
        **{contract.name: batch.current_version(contract, schema) for contract in contracts if gate == "raw"},
    }
    run = RunIdentifier(run_name=run_id, run_time=datetime.datetime.now(tz=datetime.UTC))
    answers: list[CheckResult] = []
    pages = []
    with _closed(tables, queries):
        for name in dict.fromkeys(rule.batch_name for rule in asked):
            rules = [rule for rule in asked if rule.batch_name == name]
            try:
                query = batch.query(name, gate, rules, contracts, schema)
                if query is None:
                    asset = tables.add_table_asset(name, table_name=name)
                else:
                    asset = queries.add_query_asset(name, query=query)
                data = asset.add_batch_definition("all")
                page, told = _ask_table(context, f"{gate}.{name}", data, rules, placeholders=placeholders, run=run)
            except Exception as error:
                text = answer.error_text(str(error))
                answers += [CheckResult(rule, False, True, text) for rule in rules]
                continue
            pages += page
            answers += told
    data_docs.prune(folder)
    if pages:
        context.build_data_docs(resource_identifiers=pages)
    return tuple(answers)


def _in_schema(dsn: str, schema: str) -> str:
    """Return the address `dsn` with `schema` as the one in which tables are looked up."""
    url = make_url(dsn).update_query_dict({"options": f"-c search_path={schema}"})
    return url.render_as_string(hide_password=False)


@contextmanager
def _closed(*sources: PostgresDatasource) -> Iterator[None]:
    """Close the connections of `sources` in the end: they would stay open until Python collects its garbage."""
    try:
        yield
    finally:
        for source in sources:
            source.get_execution_engine().close()
            source.get_engine().dispose()


def _ask_table(
    context: EphemeralDataContext,
    name: str,
    data: BatchDefinition,
    rules: Sequence[Rule],
    *,
    placeholders: Mapping[str, str],
    run: RunIdentifier,
) -> tuple[list[ValidationResultIdentifier], list[CheckResult]]:
    """Return the page in Data Docs and the answers to the `rules` of one table.

    Which of the rules that are counted together is in error is seen when each is counted alone.
    """
    for in_one_scan in (True, False):
        expectations = suite.expectations(rules, placeholders, in_one_scan=in_one_scan)
        title = name if in_one_scan else f"{name}, each rule alone"
        found = _checkpoint(context, title, data, expectations).run(run_id=run)
        answers = _answers(found, rules)
        if not any(check.is_error for check in answers):
            break
    return list(found.run_results), answers


def _checkpoint(
    context: EphemeralDataContext, name: str, data: BatchDefinition, expectations: list[Expectation]
) -> gx.Checkpoint:
    # Added, never updated: for an update Great Expectations compares each expectation with every other.
    rules = context.suites.add(gx.ExpectationSuite(name=name, expectations=expectations))
    definition = context.validation_definitions.add(gx.ValidationDefinition(name=name, data=data, suite=rules))
    return context.checkpoints.add(
        gx.Checkpoint(name=name, validation_definitions=[definition], result_format=_RESULT_FORMAT)
    )


def _answers(found: CheckpointResult, rules: Sequence[Rule]) -> list[CheckResult]:
    by_id = {rule.rule_id: rule for rule in rules}
    return [
        answer.read(by_id[validation.expectation_config.meta["rule_id"]], validation)
        for validations in found.run_results.values()
        for validation in validations.results
    ]
