"""The sensor on the place of the extracts: what starts a refresh, with which files, and what does not."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

from orchestration.assets.triggers import new_extracts, refresh

FIRST, SECOND = "pas__patient__20261001T0600.csv", "theatre__theatre_list__20261001T0600.csv"
Look = Callable[[], dg.SensorResult]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "extracts"
    monkeypatch.setenv("CPW_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CPW_EXTRACTS", str(folder))
    return folder


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def look(folder: Path, instance: dg.DagsterInstance) -> Look:
    """Evaluate the sensor as its daemon does: each time with the cursor of the time before."""
    cursor: str | None = None

    def look() -> dg.SensorResult:
        nonlocal cursor
        result = new_extracts(dg.build_sensor_context(instance=instance, cursor=cursor))
        if isinstance(result, dg.SensorResult):
            cursor = result.cursor
        return result

    return look


def put(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    before = path.stat().st_mtime_ns if path.exists() else 1_700_000_000 * 10**9
    path.write_text(text)
    os.utime(path, ns=(before + 10**9, before + 10**9))


def files(result: dg.SensorResult) -> list[list[str]]:
    return [r.run_config["ops"]["load_extracts"]["config"]["files"] for r in result.run_requests or []]


def test_new_file__starts_one_refresh_once_it_is_still(folder: Path, look: Look) -> None:
    put(folder / FIRST, "a")
    assert files(look()) == []
    assert files(look()) == [[FIRST]]
    assert files(look()) == []
    put(folder / FIRST, "corrected")
    assert files(look()) == []
    assert files(look()) == [[FIRST]]


def test_half_written_file__holds_back_no_other(folder: Path, look: Look) -> None:
    put(folder / FIRST, "whole")
    put(folder / SECOND, "half")
    look()
    put(folder / SECOND, "half and more")
    assert files(look()) == [[FIRST]]
    assert files(look()) == [[SECOND]]


def test_file_that_no_contract_claims__starts_nothing(folder: Path, look: Look) -> None:
    """A file that another program still writes has another name until it is whole."""
    for name in (f"{FIRST}.part", f".{FIRST}.Xy12", "readme.txt"):
        put(folder / name, "a")
    look()
    assert files(look()) == []


def test_same_set_of_files__has_the_run_key_that_it_had(folder: Path, instance: dg.DagsterInstance) -> None:
    put(folder / FIRST, "a")
    keys = set()
    for _ in range(2):
        first = new_extracts(dg.build_sensor_context(instance=instance))
        second = new_extracts(dg.build_sensor_context(instance=instance, cursor=first.cursor))
        keys |= {request.run_key for request in second.run_requests}
    assert len(keys) == 1


def test_refresh_under_way__is_waited_for_and_no_file_is_forgotten(
    folder: Path, look: Look, instance: dg.DagsterInstance
) -> None:
    run = instance.create_run_for_job(
        dg.GraphDefinition(name=refresh.name).to_job(), status=dg.DagsterRunStatus.STARTED
    )
    put(folder / FIRST, "a")
    look()
    assert files(look()) == []
    instance.report_run_canceled(run)
    assert files(look()) == [[FIRST]]


def test_another_place__is_listed_like_a_folder(folder: Path, look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CPW_EXTRACTS", folder.as_uri())
    put(folder / FIRST, "a")
    put(folder / "readme.txt", "a")
    assert files(look()) == []
    assert files(look()) == [[FIRST]]
    assert files(look()) == []


def test_missing_folder__is_a_reason_and_no_failure(look: Look, folder: Path) -> None:
    result = look()
    assert isinstance(result, dg.SkipReason) and str(folder) in str(result.skip_message)
