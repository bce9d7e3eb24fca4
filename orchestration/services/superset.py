"""The Superset of one installation: its own environment, its metadata database, its web server."""

import hashlib
import subprocess
import time
from urllib.parse import urlsplit

import requests

from orchestration import secret
from orchestration.pack.seal import KEY_FILE
from orchestration.postgres import connection, roles
from orchestration.services import processes
from orchestration.services.processes import ServiceError
from orchestration.settings import PROJECT, Settings, child_environment

NAME = "superset"
ADMINISTRATOR = "administrator"
SERVER = PROJECT / "dashboards" / "server"
_CODE = {".py", ".html", ".css"}
# What the proxy in front says of a request that came with TLS: a server that demands it would send us there.
AS_BY_PROXY = {"X-Forwarded-Proto": "https"}


def start(settings: Settings) -> None:
    """Prepare Superset where that was not done for this version, and start its server unless it runs already."""
    if not settings.superset_python.exists():
        raise ServiceError(f"Superset's environment is missing ({settings.superset_python}): run `make env`.")
    processes.check_port(settings, NAME, settings.superset_port, "CPW_SUPERSET_PORT")
    environment = _environment(settings)
    _prepare(settings, environment)
    gunicorn = settings.superset_python.with_name("gunicorn")
    command = [str(gunicorn), "--config", str(SERVER / "gunicorn_config.py"), "superset.app:create_app()"]
    processes.start(settings, NAME, command, environment, folder=PROJECT, code=_code_version())


def wait(settings: Settings, seconds: int = 120) -> None:
    """Return when the server answers; raise `ServiceError` when it does not."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answers(settings):
            return
        if processes.running(settings, NAME) is None:
            break
        time.sleep(0.3)
    raise ServiceError(f"Superset did not come up: see {processes.log_file(settings, NAME)}.")


def answers(settings: Settings) -> bool:
    """Return whether the server answers now."""
    try:
        return requests.get(f"{address(settings)}/health", timeout=5, headers=AS_BY_PROXY).ok
    except requests.RequestException:
        return False


def stop(settings: Settings) -> bool:
    """Stop the server; return whether it was running."""
    return processes.stop(settings, NAME)


def address(settings: Settings) -> str:
    """Return the address at which Superset answers on this machine."""
    return f"http://127.0.0.1:{settings.superset_port}"


def public_address(settings: Settings) -> str:
    """Return the address of Superset's pages, as people reach them."""
    return settings.public_url or address(settings)


def administrator_password(settings: Settings) -> str:
    """Return the password of the account that deploys dashboards and makes users."""
    return secret.read_or_make(settings.secrets / "superset_administrator")


def _environment(settings: Settings) -> dict[str, str]:
    """Return what Superset reads, and of our own variables nothing else.

    Its process answers to browsers: it must not hold the owner's address (`CPW_DATABASE_URL`, `CPW_DBT_*`).
    """
    inherited = child_environment(settings)
    return {name: value for name, value in inherited.items() if not name.startswith("CPW_")} | {
        "CPW_HOME": str(settings.home),
        "CPW_SUPERSET_DSN": roles.superset_dsn(settings),
        "CPW_SUPERSET_SECRET_KEY": secret.read_or_make(settings.secrets / "superset_secret_key", 42),
        "CPW_VIEWING_DSN": connection.dsn(settings, "viewing"),
        "CPW_REVIEW_DSN": connection.dsn(settings, "review"),
        "CPW_PACK_DSN": connection.dsn(settings, "pack"),
        "CPW_PACK_KEY": secret.read_or_make(settings.secrets / KEY_FILE, 32),
        "CPW_PUBLIC_URL": settings.public_url or "",
        **settings.sign_on,
        "CPW_ACCESS_KEY": secret.read_or_make(settings.secrets / "access_key", 48),
        "CPW_SUPERSET_PORT": str(settings.superset_port),
        "SUPERSET_CONFIG_PATH": str(SERVER / "superset_config.py"),
        "SUPERSET_HOME": str(settings.home / "superset"),
        "FLASK_APP": "superset.app:create_app()",
        "PYTHONPATH": str(PROJECT),
    }


def _prepare(settings: Settings, environment: dict[str, str]) -> None:
    """Bring the metadata database up to this version; a stamp in the folder of state remembers that it was done.

    The stamp names the database too: another one, or one given anew, is prepared again.
    """
    stamp = settings.home / "superset" / "prepared"
    version = _prepared_version(settings)
    if stamp.exists() and stamp.read_text() == version:
        return
    # A server of the former version must not work on a database that changes under it.
    stop(settings)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    superset = str(settings.superset_python.with_name("superset"))
    password = administrator_password(settings)
    _call(settings, environment, superset, "db", "upgrade")
    # Every user of the machine can read a command line, so Superset's own variables carry the password.
    _call(
        settings, environment | {"FLASK_FAB_CREATE_ADMIN_PASSWORD": password}, superset, "fab", "create-admin",
        "--username", ADMINISTRATOR, "--firstname", "Warehouse", "--lastname", "Administrator",
        "--email", "administrator@warehouse.invalid",
    )  # fmt: skip
    # An account that was there before, in a database that outlived its folder of state, has another password.
    _call(
        settings, environment | {"FLASK_FAB_RESET_PASSWORD_PASSWORD": password}, superset, "fab", "reset-password",
        "--username", ADMINISTRATOR,
    )  # fmt: skip
    _call(settings, environment, superset, "init")
    stamp.write_text(version)


def _call(settings: Settings, environment: dict[str, str], *command: str) -> None:
    settings.logs.mkdir(parents=True, exist_ok=True)
    log = processes.log_file(settings, "superset-prepare")
    with log.open("ab") as output:
        result = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment, cwd=PROJECT,
            check=False,
        )  # fmt: skip
    if result.returncode != 0:
        raise ServiceError(f"Superset could not be prepared (`superset {command[1]}` failed): see {log}.")


def _prepared_version(settings: Settings) -> str:
    """Return a digest of all that the preparation depends on: the code, and which database it was done in."""
    database = urlsplit(roles.superset_dsn(settings))
    # The embedded server may come back on another port, with the same database.
    server = database.netloc.rpartition("@")[2] if settings.database_url else "embedded"
    return hashlib.sha256(f"{_code_version()} {server}{database.path}".encode()).hexdigest()


def _code_version() -> str:
    """Return a digest of the lock and of the server's own code."""
    digest = hashlib.sha256((PROJECT / "requirements" / "superset.lock").read_bytes())
    for path in sorted(path for path in SERVER.rglob("*") if path.suffix in _CODE):
        digest.update(path.read_bytes())
    return digest.hexdigest()
