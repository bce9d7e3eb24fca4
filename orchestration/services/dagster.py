"""The Dagster of one installation: its instance folder, its web server and its daemon."""

import contextlib
import hashlib
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import requests

from orchestration.postgres import connection
from orchestration.postgres.hold import HeldError, hold
from orchestration.publication import fingerprint
from orchestration.services import processes
from orchestration.services.processes import ServiceError
from orchestration.settings import PROJECT, Settings, child_environment

if TYPE_CHECKING:
    from dagster import DagsterInstance, RunRecord

WEB, DAEMON = "dagster-webserver", "dagster-daemon"
INSTANCE = """# Written by cpw: Dagster keeps its runs beside everything else of this installation, and tells nobody.
telemetry:
  enabled: false
run_monitoring:
  enabled: true
  start_timeout_seconds: 180
  # No run may block the queue for ever; the longest honest one takes minutes.
  max_runtime_seconds: 14400
concurrency:
  runs:
    max_concurrent_runs: 1
event_log_storage:
  module: orchestration.services.event_log
  class: EventLog
  config:
    base_dir: {events}
"""


def prepare(settings: Settings) -> None:
    """Make the instance folder."""
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    file = settings.dagster_home / "dagster.yaml"
    # Where Dagster keeps its events by itself. JSON is YAML, whatever is in the name of the folder.
    text = INSTANCE.format(events=json.dumps(str(settings.dagster_home / "history" / "runs")))
    if not file.exists() or file.read_text() != text:
        processes.write_whole(file, text)


def start(settings: Settings) -> None:
    """Start web server and daemon unless they run already, and up to date; return while they still come up."""
    prepare(settings)
    processes.check_port(settings, WEB, settings.dagster_port, "CPW_DAGSTER_PORT")
    environment = child_environment(settings, **connection.dbt_environment(settings))
    binaries = Path(sys.prefix) / "bin"
    location = ["-m", "orchestration.definitions"]
    web = ["dagster-webserver", "--host", "127.0.0.1", "--port", str(settings.dagster_port), *location]
    code = _code_version()
    for name, command in ((WEB, web), (DAEMON, ["dagster-daemon", "run", *location])):
        program = [str(binaries / command[0]), *command[1:]]
        processes.start(settings, name, program, environment, folder=PROJECT, code=code)
    # Last, because a run may have ended with a program that was out of date.
    close_orphans(settings)


def close_orphans(settings: Settings) -> int:
    """Mark runs whose process is gone as failed; return how many.

    A run that was killed stays "started" in Dagster's books, and as only one may run at a time, every later one
    would wait for it. Nothing is touched while any process holds the warehouse, or while the run's own process
    lives, which it does for a moment before it holds the warehouse. Runs that never started are ended by Dagster's
    own monitoring.
    """
    if not (settings.dagster_home / "history").is_dir():
        return 0  # there never was a run
    # Imported here: it takes seconds, and most commands do without.
    import dagster as dg  # noqa: PLC0415

    with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
        started = instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
        orphans = [record for record in started if not _lives(instance, record)]
        if not orphans:
            return 0
        try:
            with hold(settings):
                for record in orphans:
                    instance.report_run_failed(record.dagster_run, "The process of this run is gone: it was killed.")
        except HeldError:
            return 0
        return len(orphans)


def _lives(instance: "DagsterInstance", record: "RunRecord") -> bool:
    """Return whether the process that said it starts this run is still there, and no later one with its number."""
    from dagster import DagsterEventType  # noqa: PLC0415

    for entry in instance.all_logs(record.dagster_run.run_id, of_type=DagsterEventType.RUN_START):
        event = entry.dagster_event
        if event is not None and event.pid is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(event.pid)
                if process.create_time() <= entry.timestamp and process.status() != psutil.STATUS_ZOMBIE:
                    return True
    return False


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


def _code_version() -> str:
    """Return a digest of the code that Dagster's programs hold in memory, and of the lock."""
    digest = hashlib.sha256((PROJECT / "requirements" / "warehouse.lock").read_bytes())
    for path in fingerprint.code_files():
        digest.update(path.read_bytes())
    return digest.hexdigest()
