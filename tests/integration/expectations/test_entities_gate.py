"""The gate of entities on real Postgres: clean ones pass, and each planted fault fails its rule and is named."""

from collections.abc import Callable

import psycopg
import pytest

from expectations.results import GateResult
from expectations.rules import Rule
from tests.integration.expectations.conftest import failed
from tests.integration.expectations.entity_faults import every_fault, plant

Ask = Callable[..., GateResult]


def test_entities_gate__clean_entities_pass_every_rule(owner: psycopg.Connection, ask: Ask) -> None:
    result = ask("entities")
    assert failed(result) == set()
    assert {check.failed_count for check in result.checks} == {0}


def test_entities_gate__each_rule_has_a_fault_planted_here(all_rules: dict[str, Rule]) -> None:
    assert {rule.rule_id for rule in all_rules.values() if rule.gate == "entities"} == set(every_fault())


@pytest.mark.parametrize("rule_id", every_fault())
def test_entities_gate__a_fault_fails_its_rule_and_only_what_it_must(
    owner: psycopg.Connection, ask: Ask, rule_id: str
) -> None:
    changed = plant(owner, rule_id)
    result = ask("entities", changed)
    assert failed(result) == {rule_id} | every_fault()[rule_id][1]
    named = dict(owner.execute("select rule_id, count(*) from quality.failing_record group by rule_id").fetchall())
    assert named == {c.rule_id: c.failed_count for c in result.checks if c.failed_count and c.rule.record}


@pytest.mark.parametrize(("quiet_days", "is_usual"), [(7, True), (8, False)])
def test_usual_days__a_quarter_of_the_days_may_be_quiet(
    owner: psycopg.Connection, ask: Ask, quiet_days: int, is_usual: bool
) -> None:
    """Twelve appointments on each of 112 days, but five on the last ones: fewer than half."""
    owner.execute(
        """
        insert into intermediate.int_attendance
        select 'A' || d || n, 'p3', d::date, 'C1000001', '100', null, '4', null, null
        from generate_series(date '2026-05-31' - 111, date '2026-05-31', interval '1 day') as d
        cross join generate_series(1, 12) as n
        where d <= date '2026-05-31' - %s::integer or n <= 5
        """,
        [quiet_days],
    )
    result = ask("entities", {"int_attendance"})
    (usual,) = (check for check in result.checks if check.rule_id == "int_attendance__booked_on_usual_days")
    assert (usual.is_success, usual.failed_count, usual.checked_count) == (is_usual, quiet_days, 28)
