"""A run does not fail for its report: it says where it is, why there is none, or nothing where no gate was asked."""

import logging
from pathlib import Path

import pytest

from orchestration import settings as settings_module
from orchestration.assets import report
from orchestration.audit.report import end
from orchestration.audit.verify import AuditError
from orchestration.errors import UsageError

SETTINGS = settings_module.load({"CPW_HOME": "/nowhere"})


def said(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, outcome: Path | Exception) -> list[str]:
    def write(settings: object, run_id: str) -> Path:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(end, "write", write)
    with caplog.at_level(logging.INFO):
        report.write(SETTINGS, "run-1", logging.getLogger("run"))
    return [f"{record.levelname}: {record.getMessage()}" for record in caplog.records]


def test_write__says_where_it_is(monkeypatch, caplog) -> None:
    assert said(monkeypatch, caplog, Path("/x/index.html")) == ["INFO: The auditor's report: /x/index.html"]


@pytest.mark.parametrize("fault", [AuditError("The disk is full."), OSError("The disk is full."), KeyError("full")])
def test_write__that_fails_is_a_warning_that_says_how_to_write_it(monkeypatch, caplog, fault: Exception) -> None:
    (line,) = said(monkeypatch, caplog, fault)
    assert line.startswith("WARNING: The auditor's report was not written") and "full" in line
    assert line.endswith("`cpw audit report run-1` writes it.")


def test_write__of_a_run_that_asked_no_gate_is_silent(monkeypatch, caplog) -> None:
    assert said(monkeypatch, caplog, UsageError("There is no run 'run-1'.")) == []
