"""The Dagster of one installation: its instance folder, its web server and its daemon."""

import sys
import time
from pathlib import Path

import requests

from orchestration.postgres import connection
from orchestration.services import processes
from orchestration.services.processes import ServiceError
from orchestration.settings import PROJECT, Settings, child_environment

WEB, DAEMON = "dagster-webserver", "dagster-daemon"
INSTANCE = """# Written by cpw: Dagster keeps its runs beside everything else of this installation, and tells nobody.
telemetry:
  enabled: false
run_monitoring:
  enabled: true
  start_timeout_seconds: 180
concurrency:
  runs:
    max_concurrent_runs: 1
"""


def prepare(settings: Settings) -> None:
    """Make the instance folder."""
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    file = settings.dagster_home / "dagster.yaml"
    if not file.exists() or file.read_text() != INSTANCE:
        file.write_text(INSTANCE)


def start(settings: Settings) -> None:
    """Start web server and daemon unless they run already; return when pages are served."""
    prepare(settings)
    processes.check_port(settings, WEB, settings.dagster_port, "CPW_DAGSTER_PORT")
    environment = child_environment(settings, **connection.dbt_environment(settings))
    binaries = Path(sys.prefix) / "bin"
    location = ["-m", "orchestration.definitions"]
    web = ["dagster-webserver", "--host", "127.0.0.1", "--port", str(settings.dagster_port), *location]
    for name, command in ((WEB, web), (DAEMON, ["dagster-daemon", "run", *location])):
        processes.start(settings, name, [str(binaries / command[0]), *command[1:]], environment, PROJECT)


def wait(settings: Settings, seconds: int = 90) -> None:
    """Return when the web server answers; raise `ServiceError` when it does not."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answers(settings):
            return
        if processes.running(settings, WEB) is None:
            break
        time.sleep(0.3)
    raise ServiceError(f"Dagster did not come up: see {processes.log_file(settings, WEB)}.")


def answers(settings: Settings) -> bool:
    """Return whether the web server answers now."""
    try:
        return requests.get(f"{address(settings)}/server_info", timeout=5).ok
    except requests.RequestException:
        return False


def stop(settings: Settings) -> bool:
    """Stop web server and daemon; return whether any was running."""
    stopped = [processes.stop(settings, name) for name in (WEB, DAEMON)]
    return any(stopped)


def address(settings: Settings) -> str:
    """Return the address of Dagster's pages."""
    return f"http://127.0.0.1:{settings.dagster_port}"
