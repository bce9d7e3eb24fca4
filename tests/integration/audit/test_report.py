"""What the report of a run reads, and the commands that write it and take results along, on chains without a trust."""

import csv
import io
from collections.abc import Callable, Iterator

import psycopg
import pytest

from expectations import results
from expectations.results import CheckResult, GateResult
from expectations.rules import Rule
from orchestration import foundation
from orchestration.audit import noted
from orchestration.audit.report import run as reader
from orchestration.errors import UsageError
from orchestration.postgres import connection
from orchestration.publication import ledger
from orchestration.settings import Settings
from tests.installations import run_cpw
from tests.integration.audit.by_hand import publish_by_hand

FAILED = [2, 0, 7]
NHS_NUMBER = "9434765918"


def rule(rule_id: str, severity: str = "warning") -> Rule:
    return Rule(
        rule_id, "raw", "pas__patient", None, "rows", {}, "validity", severity, "PAS", f"{rule_id} holds.", "Ask."
    )


@pytest.fixture(scope="module")
def settings(new_installation: Callable[[], Settings]) -> Settings:
    """Return an installation with three runs: the first asked twice, the last refused, with a question unanswered."""
    made = new_installation()
    foundation.lay(made)
    with connection.connect(made, autocommit=True) as opened:
        for number, failed in enumerate(FAILED, start=1):
            told = f"The check itself failed: invalid input syntax for type date: {NHS_NUMBER}"
            answers = (
                CheckResult(rule("counted"), failed == 0, False, f"{failed} of 9", failed, 9),
                CheckResult(rule("unanswered"), number != 3, number == 3, told if number == 3 else "fine"),
            )
            if number == 1:
                results.store(
                    opened, GateResult("raw", "run-1", (CheckResult(rule("counted"), False, False, "9", 9, 9),))
                )
            results.store(opened, GateResult("raw", f"run-{number}", answers))
            if number < 3:
                publish_by_hand(opened, f"run-{number}")
            else:
                ledger.record_refused(opened, "code", "run-3", "raw gate: unanswered")
    return made


@pytest.fixture
def owner(settings: Settings) -> Iterator[psycopg.Connection]:
    with connection.connect(settings) as opened:
        yield opened
        opened.rollback()


def test_read__of_the_newest_run_tells_its_newest_answers_and_the_trend_to_it(owner: psycopg.Connection) -> None:
    found = reader.read(owner)
    assert (found.run_id, found.name, found.title) == ("run-3", "publication-3", "Attempt 3: not published")
    assert [(check.rule_id, check.failed_count) for check in found.failures] == [("unanswered", None), ("counted", 7)]
    assert found.trends == {"counted": [2, 0, 7], "unanswered": [0, 0, 1]}


def test_read__of_a_former_run_knows_nothing_that_came_later(owner: psycopg.Connection) -> None:
    for name in ("1", "run-1"):
        found = reader.read(owner, name)
        assert found.trends == {"counted": [2], "unanswered": [0]}
        assert {check.rule_id: check.attempt for check in found.checks} == {"counted": 2, "unanswered": 2}
        head = owner.execute("select row_hash from quality.check_result where chain_number = 3").fetchone()
        assert head == (found.heads["check_result"],)


def test_read__tells_no_value_that_the_database_quoted(owner: psycopg.Connection) -> None:
    assert NHS_NUMBER not in str(reader.read(owner))


def test_read__gives_a_few_records_that_failed_where_rules_note_them(owner: psycopg.Connection) -> None:
    assert reader.read(owner).keys == {}
    owner.execute(
        "insert into quality.failing_record select run_id, 'counted', 'spell', 'S' || number"
        " from generate_series(1, 9) as number, (values ('run-2'), ('run-3')) as run (run_id)"
    )
    assert reader.read(owner).keys == {"counted": ("S1", "S2", "S3", "S4", "S5")}


def test_read__of_an_unknown_run_is_a_sentence(owner: psycopg.Connection) -> None:
    with pytest.raises(UsageError, match="There is no run or publication 'run-9'"):
        reader.read(owner, "run-9")


def test_report__is_written_beside_the_list_of_all_and_its_heads_noted_once(settings: Settings) -> None:
    for arguments in ([], [], ["1"]):
        found = run_cpw(settings, "audit", "report", *arguments)
        assert found.returncode == 0, found.stderr
    assert found.stdout.strip() == str(settings.audit / "publication-1" / "index.html")
    index = (settings.audit / "index.html").read_text()
    assert "publication-1/index.html" in index and "publication-3/index.html" in index
    page = (settings.audit / "publication-3" / "index.html").read_text()
    heads = noted.read(settings.audit)
    assert [(head.run_id, head.table_name) for head in heads] == [
        (run_id, table) for run_id in ("run-3", "run-1") for table in ("check_result", "publication")
    ]
    assert all(head.row_hash in page for head in heads if head.run_id == "run-3")
    assert not [path for path in settings.audit.rglob("*.html") if NHS_NUMBER in path.read_text()]
    assert run_cpw(settings, "audit", "verify").returncode == 0


def test_report__goes_to_another_folder_or_says_why_not(settings: Settings, tmp_path) -> None:
    found = run_cpw(settings, "audit", "report", "--out", str(tmp_path / "taken" / "along"))
    assert found.returncode == 0 and (tmp_path / "taken" / "along" / "measure-dna_rate.html").exists()
    (tmp_path / "file").touch()
    refused = run_cpw(settings, "audit", "report", "--out", str(tmp_path / "file" / "below"))
    assert refused.returncode == 1 and "cannot be written" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


def test_export__holds_every_answer_with_its_hash_under_plain_names(settings: Settings, tmp_path) -> None:
    printed = run_cpw(settings, "audit", "export")
    written = run_cpw(settings, "audit", "export", "--out", str(tmp_path / "results.csv"))
    assert printed.returncode == written.returncode == 0
    assert (tmp_path / "results.csv").read_text() == printed.stdout
    rows = list(csv.DictReader(io.StringIO(printed.stdout)))
    assert [(row["run"], row["attempt"], row["rule"], row["passed"], row["rows failed"]) for row in rows[:3]] == [
        ("run-1", "1", "counted", "no", "9"),
        ("run-1", "2", "counted", "no", "2"),
        ("run-1", "2", "unanswered", "yes", ""),
    ]
    assert len(rows) == 7
    assert [row["hash of the row before"] for row in rows[1:]] == [row["hash of this row"] for row in rows[:-1]]
