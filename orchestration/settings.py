"""The only reader of environment variables: where state lives and which database is used."""

import hashlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from orchestration.errors import UsageError

PROJECT = Path(__file__).resolve().parent.parent


class SettingsError(UsageError):
    """A variable of the environment has a value that cannot be used."""


@dataclass(frozen=True)
class Settings:
    """One installation: its folder of state, its database and its folder of extracts."""

    home: Path
    database_url: str | None
    extracts: Path
    superset_port: int
    dagster_port: int

    @property
    def secrets(self) -> Path:
        """Folder of generated secrets; each file is readable by its owner only."""
        return self.home / "secrets"

    @property
    def logs(self) -> Path:
        """Folder of the logs of every program that we start."""
        return self.home / "logs"

    @property
    def run(self) -> Path:
        """Folder of process ids, ports and locks."""
        return self.home / "run"

    @property
    def postgres_data(self) -> Path:
        """Data folder of the embedded server."""
        return self.home / "postgres"

    @property
    def dagster_home(self) -> Path:
        """Dagster's instance folder."""
        return self.home / "dagster"

    @property
    def dbt_target(self) -> Path:
        """Where dbt writes its manifest, logs and documentation."""
        return self.home / "dbt"

    @property
    def data_docs(self) -> Path:
        """Where Great Expectations writes its Data Docs."""
        return self.home / "data_docs"

    @property
    def has_own_extracts(self) -> bool:
        """Whether the extracts are this installation's own: the synthetic trust's, not a folder that was named."""
        return self.extracts == self.home / "extracts"

    @property
    def superset_python(self) -> Path:
        """Interpreter of the Superset server's own environment, which lies beside the one that runs this."""
        return Path(sys.prefix).parent / "superset" / "bin" / "python"

    @property
    def name(self) -> str:
        """Short name of this installation, unlike that of any other on the machine."""
        return hashlib.sha256(str(self.home).encode()).hexdigest()[:8]


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from `environment` (default: that of this process).

    `CPW_HOME` is the folder of state (default `.cpw` in the project), `CPW_DATABASE_URL` the address of a
    Postgres 18 database to use instead of the embedded server, `CPW_EXTRACTS` the folder of extracts (default: those
    of the synthetic trust), `CPW_SUPERSET_PORT` and `CPW_DAGSTER_PORT` the ports of the two servers.

    Raises `SettingsError` for an address or a port that cannot be one.
    """
    env = os.environ if environment is None else environment
    home = Path(env.get("CPW_HOME") or PROJECT / ".cpw").expanduser().resolve()
    extracts = env.get("CPW_EXTRACTS")
    return Settings(
        home=home,
        database_url=_database_url(env),
        extracts=Path(extracts).expanduser().resolve() if extracts else home / "extracts",
        superset_port=_port(env, "CPW_SUPERSET_PORT", 8088),
        dagster_port=_port(env, "CPW_DAGSTER_PORT", 3000),
    )


def _database_url(environment: Mapping[str, str]) -> str | None:
    url = environment.get("CPW_DATABASE_URL")
    if not url:
        return None
    parts = urlsplit(url)
    try:
        is_whole = bool(parts.scheme in {"postgres", "postgresql"} and parts.hostname and parts.path.strip("/"))
        is_whole = is_whole and parts.port != 0  # asking raises where it is no number
    except ValueError:
        is_whole = False
    if not is_whole:
        raise SettingsError("CPW_DATABASE_URL must read postgresql://user:password@host:port/database.")
    return urlunsplit(parts._replace(scheme="postgresql"))


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not (text.isdecimal() and 0 < int(text) < 65536):
        raise SettingsError(f"{name} is {text!r}: give a port between 1 and 65535.")
    return int(text)


def child_environment(settings: Settings, **extra: str) -> dict[str, str]:
    """Return the environment of a program that we start: ours, this installation's, telemetry off.

    Raises nothing. Secrets are handed over by `extra` alone, never written to a log.
    """
    return {
        **os.environ,
        "CPW_HOME": str(settings.home),
        "CPW_EXTRACTS": str(settings.extracts),
        "DAGSTER_HOME": str(settings.dagster_home),
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_TARGET_PATH": str(settings.dbt_target),
        "DBT_LOG_PATH": str(settings.logs / "dbt"),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "GX_ANALYTICS_ENABLED": "false",
        "PYTHONUNBUFFERED": "1",
        **extra,
    }


def export(variables: Mapping[str, str]) -> None:
    """Put `variables` in this process's environment, for a library that hands nothing else to its own programs."""
    os.environ.update(variables)
