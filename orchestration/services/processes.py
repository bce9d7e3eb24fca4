"""Programs that run in the background: started once, known by a pid file, stopped whole."""

import json
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from orchestration.errors import UsageError, WarehouseError
from orchestration.settings import Settings


class ServiceError(WarehouseError):
    """A background program could not be started, or did not come up."""


class PortError(UsageError):
    """A port is in use by another program."""


def start(settings: Settings, name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
    """Start `command` in the background unless it runs already; its output goes to `<logs>/<name>.log`."""
    if running(settings, name):
        return
    settings.logs.mkdir(parents=True, exist_ok=True)
    settings.run.mkdir(parents=True, exist_ok=True)
    with log_file(settings, name).open("ab") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=folder,
            start_new_session=True,
        )
    # A pid alone may be another program's after a restart; with its start time it is this one's.
    identity = {"pid": process.pid, "created": psutil.Process(process.pid).create_time()}
    _pid_file(settings, name).write_text(json.dumps(identity))


def stop(settings: Settings, name: str) -> bool:
    """Stop the program and all that it started; return whether it was running."""
    process = running(settings, name)
    if process is not None:
        family = [process, *process.children(recursive=True)]
        for member in family:
            _signal(member, kill=False)
        _, alive = psutil.wait_procs(family, timeout=15)
        for member in alive:
            _signal(member, kill=True)
    _pid_file(settings, name).unlink(missing_ok=True)
    return process is not None


def running(settings: Settings, name: str) -> psutil.Process | None:
    """Return the running program, or None."""
    try:
        identity = json.loads(_pid_file(settings, name).read_text())
        process = psutil.Process(identity["pid"])
        same = abs(process.create_time() - identity["created"]) < 1
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except (FileNotFoundError, json.JSONDecodeError, KeyError, psutil.NoSuchProcess):
        return None


def log_file(settings: Settings, name: str) -> Path:
    """Return where the program writes its output."""
    return settings.logs / f"{name}.log"


def check_port(settings: Settings, name: str, port: int, variable: str) -> None:
    """Raise `PortError` when another program than ours listens on `port`."""
    if running(settings, name):
        return
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise PortError(
                f"Port {port}, which {name} needs, is in use by another program: set {variable} to a free port."
            )


def _pid_file(settings: Settings, name: str) -> Path:
    return settings.run / f"{name}.json"


def _signal(process: psutil.Process, *, kill: bool) -> None:
    try:
        process.kill() if kill else process.terminate()
    except psutil.NoSuchProcess:
        return
