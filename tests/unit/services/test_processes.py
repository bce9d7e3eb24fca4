"""Background programs: started once, started anew when out of date, stopped whole, and never another's."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from orchestration import settings as settings_module
from orchestration.services import processes
from orchestration.settings import Settings

NAME = "sleeper"
WAITING = "import signal; signal.pause()"


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    made = settings_module.load({"CPW_HOME": str(tmp_path / "home")})
    yield made
    processes.stop(made, NAME)


@pytest.fixture
def start(settings: Settings, tmp_path: Path) -> Callable[..., psutil.Process]:
    """Start the program as a service does, and return it."""

    def started(program: str = WAITING, *, code: str = "1", **variables: str) -> psutil.Process:
        environment = {"PATH": os.environ["PATH"], "CPW_HOME": str(settings.home), **variables}
        processes.start(settings, NAME, [sys.executable, "-c", program], environment, folder=tmp_path, code=code)
        process = processes.running(settings, NAME)
        assert process is not None
        return process

    return started


def test_start__with_nothing_changed_keeps_the_program(start: Callable[..., psutil.Process]) -> None:
    first = start(CPW_DATABASE_URL="postgresql://u:p@h/d")
    assert start(CPW_DATABASE_URL="postgresql://u:p@h/d").pid == first.pid


@pytest.mark.parametrize(
    "change",
    [{"code": "2"}, {"CPW_EXTRACTS": "/elsewhere"}, {"program": f"{WAITING}  # another port"}],
    ids=["code", "variable", "command"],
)
def test_start__where_something_changed_starts_anew(
    start: Callable[..., psutil.Process], change: dict[str, str]
) -> None:
    first = start()
    second = start(**change)
    assert second.pid != first.pid
    assert not first.is_running()


def test_start__for_a_variable_that_is_not_ours_keeps_the_program(start: Callable[..., psutil.Process]) -> None:
    assert start(TERM="dumb").pid == start(TERM="xterm").pid


def test_pid_file__holds_no_secret(start: Callable[..., psutil.Process], settings: Settings) -> None:
    start(CPW_DATABASE_URL="postgresql://u:secret@h/d")
    assert "secret" not in (settings.run / f"{NAME}.json").read_text()
    assert (settings.run / f"{NAME}.json").stat().st_mode & 0o077 == 0, "a digest of a weak secret can be guessed from"
    assert [file.name for file in settings.run.iterdir()] == [f"{NAME}.json"], "a draft was left"


def test_stop__takes_what_the_program_started_with_it(start: Callable[..., psutil.Process], settings: Settings) -> None:
    family = (
        "import subprocess, sys, signal;"
        "child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()']);"
        "print(child.pid, flush=True);"
        "signal.pause()"
    )
    parent = start(family)
    log = processes.log_file(settings, NAME)
    while not log.read_text().endswith("\n"):
        assert parent.is_running()
    child = psutil.Process(int(log.read_text()))
    assert processes.stop(settings, NAME)
    assert not parent.is_running()
    assert not child.is_running()
    assert processes.running(settings, NAME) is None
    assert not processes.stop(settings, NAME)


def test_stop__leaves_a_program_that_has_the_number_of_one_long_gone(settings: Settings) -> None:
    with subprocess.Popen([sys.executable, "-c", WAITING]) as other:
        settings.run.mkdir(parents=True)
        created = psutil.Process(other.pid).create_time() - 3600
        (settings.run / f"{NAME}.json").write_text(json.dumps({"pid": other.pid, "created": created, "version": ""}))
        assert not processes.stop(settings, NAME)
        assert other.poll() is None
        other.kill()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"pid": 1}', '{"pid": "x", "created": 0}', "\x00\x00"])
def test_running__takes_an_unreadable_pid_file_for_none(settings: Settings, text: str) -> None:
    settings.run.mkdir(parents=True)
    (settings.run / f"{NAME}.json").write_text(text)
    assert processes.running(settings, NAME) is None


def test_check_port__names_the_variable_where_another_listens(
    start: Callable[..., psutil.Process], settings: Settings
) -> None:
    """Also while ours runs, as it does when it is to move to a port that is taken."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(processes.PortError, match="CPW_SOME_PORT"):
            processes.check_port(settings, NAME, port, "CPW_SOME_PORT")
        start()
        with pytest.raises(processes.PortError, match="CPW_SOME_PORT"):
            processes.check_port(settings, NAME, port, "CPW_SOME_PORT")


def test_check_port__is_content_with_our_own_program(start: Callable[..., psutil.Process], settings: Settings) -> None:
    listening = (
        "import socket, signal;"
        "server = socket.create_server(('127.0.0.1', 0));"
        "print(server.getsockname()[1], flush=True);"
        "signal.pause()"
    )
    program = start(listening)
    log = processes.log_file(settings, NAME)
    while not log.read_text().endswith("\n"):
        assert program.is_running()
    processes.check_port(settings, NAME, int(log.read_text()), "CPW_SOME_PORT")
