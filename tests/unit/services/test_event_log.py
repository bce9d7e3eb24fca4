"""The event log that keeps its files open holds what Dagster's own holds, where Dagster looks for it."""

from pathlib import Path

import dagster as dg
import psutil
import pytest
from dagster._core.events import DagsterEvent
from dagster._core.storage.event_log import SqliteEventLogStorage

from orchestration import settings as settings_module
from orchestration.services import dagster

RUNS = 12  # more than the files that stay open
TOLD = [dg.DagsterEventType.RUN_START, dg.DagsterEventType.RUN_SUCCESS]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    settings = settings_module.load({"CPW_HOME": str(tmp_path / "a home: with a {brace}")})
    dagster.prepare(settings)
    return settings.dagster_home


def tell_of_runs(instance: dg.DagsterInstance) -> list[str]:
    """Begin all runs before the first of them ends: a file that was closed is opened again."""
    runs = [instance.create_run_for_job(dg.GraphDefinition(name="refresh").to_job()).run_id for _ in range(RUNS)]
    for kind in TOLD:
        for run_id in runs:
            instance.report_dagster_event(DagsterEvent(kind.value, job_name="refresh"), run_id)
    return runs


def open_files(home: Path) -> set[str]:
    return {file.path for file in psutil.Process().open_files() if file.path.startswith(str(home / "history" / "runs"))}


def test_event_log__is_that_of_dagster_and_holds_few_files_open(home: Path) -> None:
    with dg.DagsterInstance.from_config(str(home)) as instance:
        runs = tell_of_runs(instance)
        held = {path for path in open_files(home) if path.endswith(".db")}
        assert str(home / "history" / "runs" / "index.db") in held and 1 < len(held) < RUNS
    assert not open_files(home)
    theirs = SqliteEventLogStorage(str(home / "history" / "runs"))
    for run_id in runs:
        assert [entry.dagster_event.event_type for entry in theirs.get_logs_for_run(run_id)] == TOLD
