"""Dagster's view of the house: it validates without a database, and the graph is the one we mean."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.settings import PROJECT, Settings, child_environment
from tests.installations import environment

SNAPSHOT = Path(__file__).with_name("asset_graph.txt")

GRAPH = """
from orchestration.definitions import definitions
house = definitions()
graph = house.resolve_asset_graph()
refreshed = house.resolve_job_def("refresh").asset_layer.executable_asset_keys
for key in sorted(graph.materializable_asset_keys):
    node = graph.get(key)
    parents = ", ".join(sorted(parent.to_user_string() for parent in node.parent_keys))
    apart = "" if key in refreshed else " (not in a refresh)"
    print(f"{node.group_name:<13} {key.to_user_string()}{apart}" + (f" <- {parents}" if parents else ""))
"""


@pytest.fixture(scope="module")
def settings(new_installation: Callable[[], Settings]) -> Settings:
    return new_installation()


def test_definitions__validate_without_a_database(settings: Settings) -> None:
    dagster = Path(sys.prefix) / "bin" / "dagster"
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    result = subprocess.run(
        [str(dagster), "definitions", "validate", "-m", "orchestration.definitions"],
        env={**environment(settings), **{"DAGSTER_HOME": str(settings.dagster_home)}},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_asset_graph__is_the_one_in_the_snapshot(settings: Settings) -> None:
    """A change of the graph is a decision: look at the difference, then write the new snapshot (CONTRIBUTING.md)."""
    result = subprocess.run(
        [sys.executable, "-c", GRAPH], env=child_environment(settings), cwd=PROJECT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == SNAPSHOT.read_text().splitlines()


def write_snapshot() -> None:
    """Write the graph as it is now, after you looked at the difference and meant it."""
    result = subprocess.run([sys.executable, "-c", GRAPH], cwd=PROJECT, capture_output=True, text=True, check=True)
    SNAPSHOT.write_text(result.stdout)


if __name__ == "__main__":
    write_snapshot()
