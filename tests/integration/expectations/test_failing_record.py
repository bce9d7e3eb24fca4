"""The records that fail rules about entities: named as figures name them, for the newest runs, and no patient."""

import re
from collections.abc import Callable

import psycopg
import pytest

from expectations import failing
from expectations.results import GateResult
from expectations.rules import Rule
from orchestration.settings import PROJECT
from tests.integration.expectations.entity_faults import CASE, EPISODE, SPELL, plant

Ask = Callable[..., GateResult]


@pytest.mark.parametrize(
    ("rule_id", "record"),
    [
        (f"{CASE}__times_complete", ("theatre_case", "C3")),
        (f"{EPISODE}__follows_without_gap", ("spell", "S3")),
        (f"{SPELL}__primary_diagnosis_coded_each_month", ("spell", "S3")),
        ("int_attribution__sources_agree", ("spell", "S3")),
    ],
)
def test_failing_record__is_named_as_figures_name_it(
    owner: psycopg.Connection, ask: Ask, rule_id: str, record: tuple[str, str]
) -> None:
    ask("entities", plant(owner, rule_id))
    assert owner.execute("select rule_id, record_type, record_id from quality.failing_record").fetchall() == [
        (rule_id, *record)
    ]
    assert failing.samples(owner, "run") == {rule_id: (record[1],)}


def test_failing_record__of_a_run_that_asks_again_is_replaced(owner: psycopg.Connection, ask: Ask) -> None:
    changed = plant(owner, f"{CASE}__surgeon_present")
    ask("entities", changed)
    owner.execute("update intermediate.int_theatre_case set operating_surgeon_code = 'C1000001'")
    ask("entities", changed)
    assert owner.execute("table quality.failing_record").fetchall() == []


def test_failing_record__is_kept_for_the_newest_runs(
    owner: psycopg.Connection, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failing, "KEPT_RUNS", 2)
    changed = plant(owner, f"{CASE}__surgeon_present")
    for run_id in ("first", "second", "third"):
        ask("entities", changed, run_id=run_id)
    kept = owner.execute("select distinct run_id from quality.failing_record order by 1").fetchall()
    assert kept == [("second",), ("third",)]


def test_samples__are_the_first_five(owner: psycopg.Connection, ask: Ask) -> None:
    owner.execute("update intermediate.int_theatre_case set operating_surgeon_code = null where is_operated")
    ask("entities", {CASE})
    assert failing.samples(owner, "run") == {f"{CASE}__surgeon_present": ("C1", "C2", "C3", "C4", "C5")}


def test_records__are_of_the_types_that_measures_count_and_never_patients(all_rules: dict[str, Rule]) -> None:
    models = "".join(path.read_text() for path in (PROJECT / "dbt_project").rglob("*.sql"))
    counted = set(re.findall(r"measure_rows\('(\w+)'", models))
    records = [rule.record for rule in all_rules.values() if rule.record]
    assert len(records) > 60
    assert {record.record_type for record in records if record.record_type} <= counted
    assert not [record for record in records if "patient" in record.id_column]
