"""A Postgres of its own with the raw tables of every contract, filled anew with a clean trust for each test."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from expectations import failing, rules, runner
from expectations.results import GateResult
from expectations.rules import Gate, Rule
from orchestration.extract import contracts, load
from orchestration.extract.contract import Contract
from orchestration.postgres import connection, roles
from orchestration.settings import Settings
from tests.integration.expectations import clean_entities, clean_marts, clean_trust

SCHEMAS: dict[Gate, str] = {"raw": "raw", "entities": clean_entities.SCHEMA, "marts": clean_marts.SCHEMA}


@pytest.fixture(scope="package")
def all_contracts() -> tuple[Contract, ...]:
    return contracts.load()


@pytest.fixture(scope="package")
def all_rules(all_contracts: tuple[Contract, ...]) -> dict[str, Rule]:
    return {rule.rule_id: rule for rule in rules.load(all_contracts)}


@pytest.fixture(scope="package")
def database(new_installation: Callable[[], Settings], all_contracts: tuple[Contract, ...]) -> Settings:
    settings = new_installation()
    roles.prepare(settings)
    with connection.connect(settings) as owner:
        load.prepare(owner, all_contracts)
    return settings


@pytest.fixture
def owner(database: Settings, all_contracts: tuple[Contract, ...]) -> Iterator[psycopg.Connection]:
    """Return a connection of the owner to a warehouse without a fault."""
    with connection.connect(database, autocommit=True) as opened:
        # One transaction: a commit for each row would cost more than the gate.
        with opened.transaction():
            clean_trust.fill(opened, all_contracts)
            clean_entities.fill(opened)
            clean_marts.fill(opened)
            failing.prepare(opened)
            opened.execute("truncate quality.failing_record")
        yield opened


@pytest.fixture
def ask(
    database: Settings, all_contracts: tuple[Contract, ...], all_rules: dict[str, Rule], tmp_path: Path
) -> Callable[..., GateResult]:
    """Run a gate: all of its rules, or those that read one of `tables`, and are about a feed (True) or not (False)."""

    def run(
        gate: Gate,
        tables: set[str] | None = None,
        run_id: str = "run",
        is_of_feed: bool | None = None,
        **options: object,
    ) -> GateResult:
        asked = [
            rule
            for rule in all_rules.values()
            if (tables is None or reads(rule) & tables) and is_of_feed in {None, rule.kind == "feed"}
        ]
        return runner.run_gate(
            connection.dsn(database, "owner", "postgresql+psycopg"),
            gate,
            **{
                "run_id": run_id,
                "contracts": all_contracts,
                "data_docs": tmp_path,
                "schema": SCHEMAS[gate],
                "endangered": {},
                "declared": asked,
                **options,
            },
        )

    return run


def reads(rule: Rule) -> set[str]:
    """Return the tables that a rule reads, as far as its words tell."""
    return {rule.table_name, *re.findall(r"\w+", str(rule.arguments))}


def failed(result: GateResult) -> set[str]:
    """Return the ids of the rules that failed; none may be in error."""
    assert not [f"{check.rule_id}: {check.observed}" for check in result.checks if check.is_error]
    return {check.rule_id for check in result.checks if not check.is_success}
