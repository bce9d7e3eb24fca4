"""The same refresh, started from Dagster's own pages: a real web server, a real daemon, a real run."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from orchestration.services import dagster
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


@pytest.fixture(scope="module")
def pages(small_warehouse: BuiltWarehouse) -> Iterator[str]:
    dagster.start(small_warehouse.settings)
    dagster.wait(small_warehouse.settings)
    yield dagster.address(small_warehouse.settings)
    dagster.stop(small_warehouse.settings)


def ask(pages: str, query: str, **variables: Any) -> dict[str, Any]:
    answer = requests.post(f"{pages}/graphql", json={"query": query, "variables": variables}, timeout=30).json()
    assert "errors" not in answer, answer
    return answer["data"]


def test_refresh__started_from_the_pages_publishes(pages: str, small_warehouse: BuiltWarehouse) -> None:
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
