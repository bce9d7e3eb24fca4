"""What is told of a run by its process and by who holds the warehouse: which ones are orphans."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from orchestration.postgres import roles
from orchestration.postgres.hold import hold
from orchestration.services import dagster
from orchestration.settings import Settings

NOBODY = 4_194_305  # above the largest number that Linux gives to a process


@pytest.fixture(scope="module")
def settings(new_installation: Callable[[], Settings]) -> Settings:
    made = new_installation()
    roles.prepare(made)
    dagster.prepare(made)
    return made


@pytest.fixture
def instance(settings: Settings) -> Iterator[Any]:
    import dagster as dg

    with dg.DagsterInstance.from_config(str(settings.dagster_home)) as opened:
        yield opened


def begin(instance: Any, pid: int) -> str:
    """Record a run that the process `pid` started; return its id."""
    import dagster as dg
    from dagster._core.events import DagsterEvent

    run = instance.create_run_for_job(dg.GraphDefinition(name="refresh").to_job())
    event = DagsterEvent(dg.DagsterEventType.RUN_START.value, job_name="refresh", pid=pid)
    instance.report_dagster_event(event, run.run_id)
    return str(run.run_id)


def status(instance: Any, run_id: str) -> str:
    return str(instance.get_run_by_id(run_id).status.value)


def test_close_orphans__of_an_installation_without_runs_does_nothing(new_installation: Callable[[], Settings]) -> None:
    assert dagster.close_orphans(new_installation()) == 0


def test_close_orphans__marks_only_the_run_whose_process_is_gone(settings: Settings, instance: Any) -> None:
    living, dead = begin(instance, os.getpid()), begin(instance, NOBODY)
    assert dagster.close_orphans(settings) == 1
    assert (status(instance, living), status(instance, dead)) == ("STARTED", "FAILURE")
    instance.delete_run(living)


def test_close_orphans__leaves_all_while_somebody_holds_the_warehouse(settings: Settings, instance: Any) -> None:
    dead = begin(instance, NOBODY)
    with hold(settings):
        assert dagster.close_orphans(settings) == 0
        assert status(instance, dead) == "STARTED"
    assert dagster.close_orphans(settings) == 1
