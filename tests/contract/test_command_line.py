"""The promises of the command line: exit codes, one clear line for each error, no traceback."""

import dataclasses
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.settings import Settings
from tests.installations import environment, run_cpw

USAGE = [
    (["run"], "Missing option '--extracts'"),
    (["run", "--extracts", "/no/such/folder"], "/no/such/folder"),
    (["run", "--extracts", "/tmp", "--as-known-on", "2026-10-01"], "leave '--extracts' out"),
    (["run", "--as-known-on", "yesterday"], "'yesterday' is no date"),
    (["run", "--extracts", "sftp://me:hunter2@127.0.0.1/x"], "CPW_EXTRACTS_PASSWORD"),
    (["load", "--extracts", "/no/such/folder"], "/no/such/folder"),
    (["load", "--extracts", "/tmp", "--from", "01/10/2026"], "'01/10/2026'"),
    (["load", "--extracts", "/tmp", "--from", "2026-10-02", "--to", "2026-10-01"], "before the first"),
    (["load", "--extracts", "/tmp", "--source", "radiology"], "outcome, pas, theatre, workforce"),
    (["load", "--extracts", "/tmp", "--workers", "0"], "--workers"),
    (["release"], "Missing argument 'DELIVERY'"),
    (["release", "first"], "'first'"),
    (["reject", "1"], "Missing option '--because'"),
    (["deliveries", "--lost"], "--lost"),
    (["publications", "first"], "'first'"),
    (["publications", "--rebuild"], "'--rebuild' needs the number of a publication"),
    (["up", "--extracts", "/no/such/folder"], "/no/such/folder"),
    (["synthesise"], "Missing argument 'OUT'"),
    (["synthesise", "/tmp/x", "--years", "many"], "--years"),
    (["synthesise", "/tmp/x", "--years", "0"], "--years"),
    (["measure", "explain", "dna_rate", "--month", "2026-03"], "Missing option '--unit'"),
    (["measure", "explain", "dna_rate", "--unit", "D100", "--month", "03/2026"], "'03/2026'"),
    (["measure", "explain", "dna_rate", "--unit", "D100", "--month", "2026-03", "--records", "-1"], "--records"),
    (["measure", "diff", "no_such_measure"], "There is no measure 'no_such_measure'"),
    (["measure", "fly"], "No such command 'fly'"),
    (["audit", "fly"], "No such command 'fly'"),
    (["audit", "verify", "--head"], "--head"),
    (["audit", "report", "1", "--out", __file__], "--out"),
    (["audit", "export", "--out", "/"], "--out"),
    (["trace"], "Missing argument 'RECORD_ID'"),
    (["pack", "C1", "--from", "2026-04"], "Missing option '--to'"),
    (["pack", "--from", "2025-04", "--to", "2026-03"], "Give a CLINICIAN, or '--department'"),
    (["pack", "verify", "/nowhere/pack.pdf"], "/nowhere/pack.pdf"),
    (["dsn", "--role", "king"], "'king'"),
    (["access", "grant", "a.name"], "Missing argument 'UNIT'"),
    (["access", "grant", "a", "b", "c", "--by", "me", "--reason", "x", "--to", "31/12/2026"], "'31/12/2026'"),
    (["access", "end", "first"], "'first'"),
    (["access", "suspend", "a.name", "--by", "me"], "Missing option '--reason'"),
    (["notices", "--loud"], "--loud"),
    (["fly"], "No such command 'fly'"),
    (["status", "--loud"], "--loud"),
]


@pytest.fixture
def settings(new_installation: Callable[[], Settings]) -> Settings:
    return new_installation()


@pytest.mark.parametrize(
    ("arguments", "said"), USAGE, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_wrong_use__exits_2_with_one_line(settings, arguments, said) -> None:
    result = run_cpw(settings, *arguments)
    assert result.returncode == 2
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert result.stderr.startswith("cpw: ") and said in result.stderr


def test_unreachable_database__is_one_line_without_password(settings, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("tests.installations.environment", lambda s: {**environment(s), "CPW_DATABASE_URL": URL})
    (tmp_path / "pas__patient__20260101.csv").touch()
    for command in (
        ["run", "--extracts", str(tmp_path)],
        ["run", "--as-known-on", "2026-10-01"],
        ["load", "--extracts", str(tmp_path)],
        ["deliveries"],
        ["publications"],
        ["publications", "1", "--rebuild"],
        ["release", "1"],
        ["reject", "1", "--because", "a test"],
        ["measure", "explain", "dna_rate", "--unit", "D100", "--month", "2026-03"],
        ["measure", "diff"],
        ["audit", "verify"],
        ["audit", "report"],
        ["audit", "export"],
        ["trace", "S1"],
        ["pack", "C1", "--from", "2025-04", "--to", "2026-03"],
        ["pack", "--department", "D1", "--from", "2025-04", "--to", "2026-03", "--out", "packs"],
        ["status"],
        ["notices", "--dry-run"],
        ["access", "list"],
        ["access", "suspend", "a.name", "--by", "me", "--reason", "x"],
    ):
        result = run_cpw(settings, *command)
        assert result.returncode == 1
        assert len(result.stderr.strip().splitlines()) == 1, result.stderr
        assert "127.0.0.1:1/cpw" in result.stderr
        assert "hunter2" not in result.stderr


URL = "postgresql://me:hunter2@127.0.0.1:1/cpw"


def test_database_address_that_is_none__exits_2(settings, monkeypatch) -> None:
    monkeypatch.setattr("tests.installations.environment", lambda s: {**environment(s), "CPW_DATABASE_URL": "here"})
    result = run_cpw(settings, "status")
    assert result.returncode == 2
    assert "CPW_DATABASE_URL" in result.stderr and len(result.stderr.strip().splitlines()) == 1


def test_port_in_use__exits_2_and_names_the_variable(settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = dataclasses.replace(settings, superset_port=taken.getsockname()[1])
        result = run_cpw(busy, "up")
    assert result.returncode == 2
    assert "CPW_SUPERSET_PORT" in result.stderr and len(result.stderr.strip().splitlines()) == 1


def test_down__with_nothing_running_says_so(settings) -> None:
    result = run_cpw(settings, "down")
    assert (result.returncode, result.stdout.strip()) == (0, "Nothing was running.")


def test_status__before_anything_says_what_to_do(settings) -> None:
    result = run_cpw(settings, "status")
    assert result.returncode == 0
    assert "make up" in result.stdout


def test_run__with_a_folder_without_extracts_exits_2(settings, tmp_path: Path) -> None:
    result = run_cpw(settings, "run", "--extracts", str(tmp_path))
    assert result.returncode == 2
    assert str(tmp_path) in result.stderr and len(result.stderr.strip().splitlines()) == 1


def test_place_that_does_not_answer__is_one_line_after_all_else_was_loaded(settings) -> None:
    result = run_cpw(settings, "load", "--extracts", "sftp://nobody@127.0.0.1:1/extracts")
    assert result.returncode == 1
    assert result.stdout.strip() == "Nothing new."
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert result.stderr.startswith("cpw: sftp://nobody@127.0.0.1:1/extracts could not be listed")
