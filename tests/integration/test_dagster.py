"""The same refresh, started from Dagster's own pages: a real web server, a real daemon, a real run."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from orchestration.services import dagster, processes
from tests.installations import BuiltWarehouse

LAUNCH = """
mutation Launch($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}
"""
STATUS = "query Status($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }"
LOCATIONS = "{ repositoriesOrError { ... on RepositoryConnection { nodes { name location { name } } } } }"


KILLED_RUN = """
import os, signal, sys
import dagster as dg
from dagster._core.events import DagsterEvent, DagsterEventType

with dg.DagsterInstance.from_config(sys.argv[1]) as instance:
    run = instance.create_run_for_job(dg.GraphDefinition(name="refresh").to_job())
    event = DagsterEvent(DagsterEventType.RUN_START.value, job_name="refresh", pid=os.getpid())
    instance.report_dagster_event(event, run.run_id)
    print(run.run_id, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def orphan(small_warehouse: BuiltWarehouse) -> str:
    """A run that a process began and was killed in: it says that it is started, for ever."""
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_RUN, str(small_warehouse.settings.dagster_home)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    return killed.stdout.strip()


@pytest.fixture(scope="module")
def pages(small_warehouse: BuiltWarehouse, orphan: str) -> Iterator[str]:
    dagster.start(small_warehouse.settings)
    dagster.wait(small_warehouse.settings)
    yield dagster.address(small_warehouse.settings)
    dagster.stop(small_warehouse.settings)


def ask(pages: str, query: str, **variables: Any) -> dict[str, Any]:
    answer = requests.post(f"{pages}/graphql", json={"query": query, "variables": variables}, timeout=30).json()
    assert "errors" not in answer, answer
    return answer["data"]


def test_refresh__started_from_the_pages_publishes(pages: str, orphan: str, small_warehouse: BuiltWarehouse) -> None:
    """Even after a run that was killed: only one may run at a time, and the dead one would be waited for."""
    repository = ask(pages, LOCATIONS)["repositoriesOrError"]["nodes"][0]
    params = {
        "selector": {
            "repositoryName": repository["name"],
            "repositoryLocationName": repository["location"]["name"],
            "pipelineName": "refresh",
        },
        "runConfigData": {"ops": {"load_extracts": {"config": {"folder": str(small_warehouse.extracts)}}}},
    }
    launched = ask(pages, LAUNCH, params=params)["launchRun"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    run_id = launched["run"]["runId"]
    deadline, status = time.monotonic() + 240, ""
    while time.monotonic() < deadline and status not in {"SUCCESS", "FAILURE", "CANCELED"}:
        time.sleep(0.5)  # another program's work is awaited, as a person would
        status = ask(pages, STATUS, run=run_id)["runOrError"]["status"]
    assert status == "SUCCESS"
    published = small_warehouse.query("select state from quality.publication where run_id = %(run)s", run=run_id)
    assert published["state"].tolist() == ["published"]
    assert ask(pages, STATUS, run=orphan)["runOrError"]["status"] == "FAILURE"


def test_start__again_keeps_the_programs_that_run(pages: str, small_warehouse: BuiltWarehouse) -> None:
    settings = small_warehouse.settings
    dagster.start(settings)  # a file of code edited since the first start is a reason to start anew
    before = [processes.running(settings, name) for name in (dagster.WEB, dagster.DAEMON)]
    dagster.start(settings)
    assert None not in before
    assert [processes.running(settings, name) for name in (dagster.WEB, dagster.DAEMON)] == before
