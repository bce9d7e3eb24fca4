"""How a gate runs: errors are no failures, answers are stored once, Data Docs are bounded and tell no secret."""

import dataclasses
import socket
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from expectations import data_docs, report, results, runner
from expectations.results import GateResult
from expectations.rules import Rule
from orchestration import secret
from orchestration.extract.contract import Contract
from orchestration.settings import Settings
from tests.integration.expectations.conftest import failed

Ask = Callable[..., GateResult]
TABLE = "outcome__complication"


@pytest.fixture
def two_rules(all_rules: dict[str, Rule]) -> list[Rule]:
    return [all_rules[f"{TABLE}__spell_known"], all_rules[f"{TABLE}__case_known"]]


def broken(rule: Rule, where: str) -> Rule:
    return dataclasses.replace(rule, rule_id="broken", kind="rows", arguments={"where": where}, severity="warning")


@pytest.mark.parametrize(
    "where", ["no_such_column = 1", "complication_icd ~ 'T8['", "complication_date > 'tomorrow'::integer", "1 = ("]
)
def test_run_gate__bad_sql_is_an_error_that_blocks_and_the_other_rules_are_answered(
    owner: psycopg.Connection, ask: Ask, two_rules: list[Rule], where: str
) -> None:
    owner.execute(f"update raw.{TABLE} set complication_icd = 'T80'")
    result = ask("raw", declared=[broken(two_rules[0], where), *two_rules])
    error, *others = result.checks
    assert (error.is_success, error.is_error) == (False, True)
    assert result.critical_failures == (error,)
    assert all(check.is_success for check in others)


def test_run_gate__bad_sql_is_an_error_of_its_rule_though_others_are_counted_in_the_same_scan(
    owner: psycopg.Connection, ask: Ask, two_rules: list[Rule]
) -> None:
    fine, failing = (
        dataclasses.replace(broken(two_rules[0], where), rule_id=rule_id)
        for rule_id, where in (("fine", "false"), ("failing", "complication_identifier = 'X3'"))
    )
    result = ask("raw", declared=[fine, broken(two_rules[0], "1 = ("), failing])
    assert [(check.rule_id, check.is_error, check.failed_count) for check in result.checks] == [
        ("fine", False, 0),
        ("broken", True, None),
        ("failing", False, 1),
    ]


def test_run_gate__says_which_measures_its_rules_endanger_as_of_the_newest_run(
    owner: psycopg.Connection, ask: Ask, two_rules: list[Rule]
) -> None:
    first, second = (rule.rule_id for rule in two_rules)
    ask("marts", {"person"}, endangered={"access_grant__user_known": ("finished_spells",)})
    ask("raw", declared=two_rules, endangered={first: ("dna_rate", "mortality_30d"), second: ("dna_rate",)})
    ask("raw", declared=two_rules, endangered={first: ("dna_rate",)})
    assert owner.execute("select gate, rule_id, measure_id from quality.rule_measure order by 1").fetchall() == [
        ("marts", "access_grant__user_known", "finished_spells"),
        ("raw", first, "dna_rate"),
    ]


def test_run_gate__closes_its_connections(owner: psycopg.Connection, ask: Ask, two_rules: list[Rule]) -> None:
    """Those of the last run may not have gone yet; those of the runs before it have."""
    for _ in range(6):
        ask("raw", declared=two_rules)
    others = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    assert owner.execute(others).fetchone()[0] <= 3


def test_run_gate__a_brace_in_sql_or_pattern_is_no_error(
    owner: psycopg.Connection, ask: Ask, two_rules: list[Rule]
) -> None:
    owner.execute(f"update raw.{TABLE} set complication_icd = 'T80' where complication_identifier <> 'X3'")
    result = ask("raw", declared=[broken(two_rules[0], "complication_icd ~ '^T[0-9]{2}$'")])
    assert failed(result) == {"broken"}
    assert result.checks[0].failed_count == 9


def test_run_gate__a_missing_table_is_an_error_of_its_rules_only(
    owner: psycopg.Connection, ask: Ask, two_rules: list[Rule]
) -> None:
    missing = dataclasses.replace(two_rules[0], rule_id="missing", table_name="outcome__nothing")
    result = ask("raw", declared=[missing, *two_rules])
    assert [check.is_error for check in result.checks] == [True, False, False]
    assert result.checks[0].observed == "There is no table raw.outcome__nothing."


def test_run_gate__a_table_without_its_column_does_not_silence_other_tables(
    owner: psycopg.Connection, ask: Ask, all_rules: dict[str, Rule]
) -> None:
    owner.execute("alter table marts_next.dim_clinician rename column clinician_name to name")
    result = ask("marts")
    errors = {check.table_name for check in result.checks if check.is_error}
    assert errors == {"dim_clinician"}
    assert all(check.is_success for check in result.checks if check.table_name != "dim_clinician")


def test_run_gate__keeps_each_attempt_with_all_that_the_auditor_asks(
    owner: psycopg.Connection, ask: Ask, two_rules: list[Rule]
) -> None:
    owner.execute("update raw.outcome__complication set hospital_provider_spell_number = 'S99'")
    for _ in range(2):
        ask("raw", run_id="twice", declared=two_rules)
    kept = "select attempt, rule_id from quality.{} where run_id = 'twice' order by check_result_id"
    rules_of = [rule.rule_id for rule in two_rules]
    assert owner.execute(kept.format("check_result")).fetchall() == [(n, rule) for n in (1, 2) for rule in rules_of]
    assert owner.execute(kept.format("run_check_result")).fetchall() == [(2, rule) for rule in rules_of]
    assert owner.execute(kept.format("latest_check_result")).fetchall() == [(2, rule) for rule in rules_of]
    stored = owner.execute(
        "select rule_id, gate, severity, is_success, is_error, observed, failed_count, checked_count, owner"
        " from quality.run_check_result where run_id = 'twice' order by check_result_id"
    ).fetchall()
    rule = two_rules[0]
    assert stored[0] == (
        rule.rule_id, "raw", "warning", False, False, "10 of 10 (100.00%)", 10, 10, rule.owner
    )  # fmt: skip


def test_latest__shows_the_newest_run_of_each_gate_and_no_rule_that_is_no_longer_asked(
    owner: psycopg.Connection, ask: Ask, two_rules: list[Rule]
) -> None:
    ask("raw", run_id="first", declared=two_rules)
    ask("marts", {"dim_clinician"}, run_id="first")
    ask("raw", run_id="second", declared=two_rules[:1])
    # Results stay: the gate of entities may have been asked by others before.
    found = owner.execute(
        "select gate, run_id, count(*) from quality.latest_check_result where gate <> 'entities' group by 1, 2"
    ).fetchall()
    assert sorted(found) == [("marts", "first", 2), ("raw", "second", 1)]


def test_summary__names_what_failed_and_whom_to_ask(owner: psycopg.Connection, ask: Ask, two_rules: list[Rule]) -> None:
    owner.execute("update raw.outcome__complication set hospital_provider_spell_number = 'S99'")
    ask("raw", run_id="told", declared=[*two_rules, broken(two_rules[0], "nothing = 1")])
    text = report.summary(owner, "told")
    lines = text.splitlines()
    assert lines[1].split()[-5:] == ["3", "1", "1", "0", "1"]
    assert lines[2].startswith("error    broken: The check itself failed")
    assert lines[3].startswith(f"warning  {TABLE}__spell_known: 10 of 10 (100.00%) (ask: ")
    assert report.summary(owner, "never") == "No check was run in never."


def test_prepare__can_be_repeated_and_explains_every_column(owner: psycopg.Connection) -> None:
    results.prepare(owner)
    results.prepare(owner)
    unexplained = owner.execute(
        "select attname from pg_attribute where attrelid = 'quality.check_result'::regclass and attnum > 0"
        " and col_description(attrelid, attnum) is null"
    ).fetchall()
    assert unexplained == []


def test_data_docs__lists_both_gates_and_holds_neither_password_nor_patient(
    owner: psycopg.Connection, ask: Ask, database: Settings, tmp_path: Path
) -> None:
    owner.execute("update raw.pas__patient set nhs_number = '9434765918' where local_patient_identifier = 'H3'")
    ask("raw", {"pas__patient"}, data_docs=tmp_path)
    ask("marts", {"performance"}, data_docs=tmp_path)
    index = (tmp_path / "index.html").read_text()
    assert "raw.pas__patient" in index
    assert "marts.performance" in index
    password = secret.read_or_make(database.secrets / "postgres_owner")
    for page in tmp_path.rglob("*"):
        if page.is_file() and (page.suffix in {".html", ".json"} or ".results" in page.parts):
            text = page.read_text()
            assert password not in text
            assert "9434765918" not in text


def test_data_docs__keeps_the_newest_runs_only(
    owner: psycopg.Connection, ask: Ask, two_rules: list[Rule], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_docs.prune, "__defaults__", (2,))
    for number in range(4):
        ask("raw", run_id=f"run{number}", declared=two_rules, data_docs=tmp_path)
    assert {path.parent.parent.name for path in tmp_path.glob("validations/**/*.html")} == {"run2", "run3"}
    assert "run0" not in (tmp_path / "index.html").read_text()


def test_run_gate__speaks_to_nobody_but_the_database(
    owner: psycopg.Connection, ask: Ask, two_rules: list[Rule], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object, **keywords: object) -> None:
        raise AssertionError(f"a connection to {arguments}")

    # libpq opens its connections itself, so only what goes through Python's sockets is refused here.
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert failed(ask("raw", declared=two_rules)) == set()


def test_run_gate__an_unreachable_database_is_one_sentence_without_password(
    all_contracts: tuple[Contract, ...], tmp_path: Path
) -> None:
    with pytest.raises(runner.GateError) as error:
        runner.run_gate(
            "postgresql+psycopg://cpw_owner:hidden@127.0.0.1:1/cpw",
            "raw",
            run_id="run",
            contracts=all_contracts,
            data_docs=tmp_path,
            schema="raw",
            endangered={},
        )
    assert str(error.value).startswith("The raw gate cannot reach the database:")
    assert "hidden" not in str(error.value)
