"""Programs that run in the background: started once, known by a pid file, stopped whole."""

import contextlib
import hashlib
import json
import os
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from orchestration.errors import UsageError, WarehouseError
from orchestration.settings import Settings


class ServiceError(WarehouseError):
    """A background program could not be started, or did not come up."""


class PortError(UsageError):
    """A port is in use by another program."""


def start(
    settings: Settings, name: str, command: Sequence[str], environment: Mapping[str, str], *, folder: Path, code: str
) -> None:
    """Start `command` in the background; its output goes to `<logs>/<name>.log`.

    Nothing is done where it runs already. One that was started from other code (`code` is a digest of it), with
    another command or with other variables of ours is out of date: it is stopped and started anew.
    """
    version = _version(command, environment, code)
    if running(settings, name):
        if _read(settings, name).get("version") == version:
            return
        stop(settings, name)
    settings.logs.mkdir(parents=True, exist_ok=True)
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
    identity = {"pid": process.pid, "created": psutil.Process(process.pid).create_time(), "version": version}
    write_whole(_pid_file(settings, name), json.dumps(identity))


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
    identity = _read(settings, name)
    try:
        process = psutil.Process(int(identity["pid"]))
        same = abs(process.create_time() - float(identity["created"])) < 1
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except (KeyError, TypeError, ValueError, psutil.NoSuchProcess):
        return None


def log_file(settings: Settings, name: str) -> Path:
    """Return where the program writes its output."""
    return settings.logs / f"{name}.log"


def check_port(settings: Settings, name: str, port: int, variable: str) -> None:
    """Raise `PortError` when another program than ours listens on `port`."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) != 0:
            return
    process = running(settings, name)
    if process is None or port not in _ports(process):
        raise PortError(
            f"Port {port}, which {name} needs, is in use by another program: set {variable} to a free port."
        )


def write_whole(file: Path, text: str) -> None:
    """Write a file of state such that a kill leaves the former one or the new one, never half of one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.replace(file)


def _version(command: Sequence[str], environment: Mapping[str, str], code: str) -> str:
    """Return a digest of what the program is started from; variables of ours hold secrets, so only as a digest."""
    ours = sorted((name, value) for name, value in environment.items() if name.startswith("CPW_"))
    return hashlib.sha256(json.dumps([list(command), ours, code]).encode()).hexdigest()


def _read(settings: Settings, name: str) -> dict[str, Any]:
    """Return what the pid file says; nothing where there is none, or one that cannot be read."""
    try:
        identity = json.loads(_pid_file(settings, name).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return identity if isinstance(identity, dict) else {}


def _pid_file(settings: Settings, name: str) -> Path:
    return settings.run / f"{name}.json"


def _ports(process: psutil.Process) -> set[int]:
    """Return the ports on which the program, or one that it started, listens."""
    found: set[int] = set()
    for member in [process, *process.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            found |= {c.laddr.port for c in member.net_connections("tcp") if c.status == psutil.CONN_LISTEN}
    return found


def _signal(process: psutil.Process, *, kill: bool) -> None:
    try:
        process.kill() if kill else process.terminate()
    except psutil.NoSuchProcess:
        return
