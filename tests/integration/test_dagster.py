"""The same refresh, started from Dagster's own pages: a real web server, a real daemon, a real run."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from expectations import rules
from orchestration.extract import contracts
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
FRESHNESS = """
query Freshness($key: AssetKeyInput!) {
  assetNodeOrError(assetKey: $key) { ... on AssetNode {
    internalFreshnessPolicy { ... on TimeWindowFreshnessPolicy { failWindowSeconds warnWindowSeconds } }
    freshnessStatusInfo { freshnessStatus }
  } }
}
"""
BACKFILL = """
mutation Backfill($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""
BACKFILL_STATUS = """
query Status($id: String!) {
  partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status runs { id status } } }
}
"""
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
def orphan(own_small_warehouse: BuiltWarehouse) -> str:
    """A run that a process began and was killed in: it says that it is started, for ever."""
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_RUN, str(own_small_warehouse.settings.dagster_home)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    return killed.stdout.strip()


@pytest.fixture(scope="module")
def pages(own_small_warehouse: BuiltWarehouse, orphan: str) -> Iterator[str]:
    dagster.start(own_small_warehouse.settings)
    dagster.wait(own_small_warehouse.settings)
    yield dagster.address(own_small_warehouse.settings)
    dagster.stop(own_small_warehouse.settings)


def ask(pages: str, query: str, **variables: Any) -> dict[str, Any]:
    answer = requests.post(f"{pages}/graphql", json={"query": query, "variables": variables}, timeout=120).json()
    assert "errors" not in answer, answer
    return answer["data"]


def wait_until(look: Callable[[], Any], is_done: Callable[[Any], bool]) -> Any:
    """Return what `look` finds once it is done: another program's work is awaited, as a person would."""
    deadline = time.monotonic() + 240
    while not is_done(found := look()) and time.monotonic() < deadline:
        time.sleep(0.5)
    return found


def test_refresh__started_from_the_pages_publishes(
    pages: str, orphan: str, own_small_warehouse: BuiltWarehouse
) -> None:
    """Even after a run that was killed: only one may run at a time, and the dead one would be waited for."""
    repository = ask(pages, LOCATIONS)["repositoriesOrError"]["nodes"][0]
    params = {
        "selector": {
            "repositoryName": repository["name"],
            "repositoryLocationName": repository["location"]["name"],
            "pipelineName": "refresh",
        },
        "runConfigData": {"ops": {"load_extracts": {"config": {"folder": str(own_small_warehouse.extracts)}}}},
    }
    launched = ask(pages, LAUNCH, params=params)["launchRun"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    run_id = launched["run"]["runId"]
    ended = {"SUCCESS", "FAILURE", "CANCELED"}
    status = wait_until(lambda: ask(pages, STATUS, run=run_id)["runOrError"]["status"], lambda found: found in ended)
    assert status == "SUCCESS"
    published = own_small_warehouse.query("select state from quality.publication where run_id = %(run)s", run=run_id)
    assert published["state"].tolist() == ["published"]
    assert ask(pages, STATUS, run=orphan)["runOrError"]["status"] == "FAILURE"


def test_feed__shows_how_long_it_may_be_silent_and_that_it_is_fresh(
    pages: str, own_small_warehouse: BuiltWarehouse
) -> None:
    """The limits are those of the rules of the feed; the daemon's verdict is awaited."""

    def look() -> dict[str, Any]:
        return ask(pages, FRESHNESS, key={"path": ["feed", "pas__patient"]})["assetNodeOrError"]

    limits = {rule.rule_id: rule.arguments.get("maximum") for rule in rules.load(contracts.load())}
    found = wait_until(look, lambda found: found["freshnessStatusInfo"]["freshnessStatus"] != "UNKNOWN")
    assert found["internalFreshnessPolicy"] == {
        "warnWindowSeconds": limits["pas__patient__up_to_date"] * 86400,
        "failWindowSeconds": limits["pas__patient__up_to_date_critical"] * 86400,
    }
    assert found["freshnessStatusInfo"]["freshnessStatus"] == "HEALTHY"


def test_backfill_of_days__takes_them_in_one_run(pages: str, own_small_warehouse: BuiltWarehouse) -> None:
    """Days without a file are done too: a backfill that never ends would be watched for ever."""
    own_small_warehouse.settings.extracts.mkdir(exist_ok=True)
    params = {
        "assetSelection": [{"path": ["raw", "delivery"]}],
        "partitionNames": [f"2024-02-{day:02}|theatre" for day in range(1, 8)],
    }
    launched = ask(pages, BACKFILL, params=params)["launchPartitionBackfill"]
    assert launched["__typename"] == "LaunchBackfillSuccess", launched

    def look() -> dict[str, Any]:
        return ask(pages, BACKFILL_STATUS, id=launched["backfillId"])["partitionBackfillOrError"]

    ended = {"COMPLETED_SUCCESS", "COMPLETED_FAILED", "COMPLETED", "FAILED", "CANCELED"}
    found = wait_until(look, lambda found: found["status"] in ended)
    assert found["status"] == "COMPLETED_SUCCESS"
    assert [run["status"] for run in found["runs"]] == ["SUCCESS"]


def test_start__again_keeps_the_programs_that_run(pages: str, own_small_warehouse: BuiltWarehouse) -> None:
    settings = own_small_warehouse.settings
    dagster.start(settings)  # a file of code edited since the first start is a reason to start anew
    before = [processes.running(settings, name) for name in (dagster.WEB, dagster.DAEMON)]
    dagster.start(settings)
    assert None not in before
    assert [processes.running(settings, name) for name in (dagster.WEB, dagster.DAEMON)] == before
