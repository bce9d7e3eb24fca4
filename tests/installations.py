"""Installations for tests: how `cpw` is called on one, what was built in it, and how a person reads it."""

import hashlib
import hmac
import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import psycopg

from orchestration import demonstration, installation
from orchestration.postgres import connection
from orchestration.services import superset
from orchestration.settings import Settings

CPW = Path(sys.prefix) / "bin" / "cpw"
SEED = int(os.environ.get("CPW_TEST_SEED", "20260930"))


@dataclass(frozen=True)
class BuiltWarehouse:
    """A warehouse to which a folder of extracts was published."""

    settings: Settings
    extracts: Path

    def query(self, query: str, **parameters: object) -> pd.DataFrame:
        """Return the rows of `query` as the owner sees them."""
        with connection.connect(self.settings, autocommit=True) as owner:
            cursor = owner.execute(query, parameters or None)  # type: ignore[arg-type]
            names = [column.name for column in cursor.description or ()]
            return pd.DataFrame(cursor.fetchall(), columns=names)

    def cpw(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `cpw` on this warehouse."""
        return run_cpw(self.settings, *arguments)


@dataclass(frozen=True)
class RunningSuperset:
    """A Superset with the dashboards deployed, and one person at each level with a password."""

    base_url: str
    people: dict[str, tuple[str, str]]
    admin: str
    admin_password: str
    settings: Settings


def start_superset(settings: Settings) -> RunningSuperset:
    """Start a Superset server on a warehouse, deployed as `cpw up` deploys it."""
    superset.start(settings)
    superset.wait(settings)
    installation.deploy(settings)
    with connection.connect(settings) as owner:
        log_ins = demonstration.log_ins(settings, owner)
    return RunningSuperset(
        base_url=superset.address(settings),
        people={person.leadership_level: (person.user_name, password) for person, password in log_ins},
        admin=superset.ADMINISTRATOR,
        admin_password=superset.administrator_password(settings),
        settings=settings,
    )


def run_cpw(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `cpw` as a user would, with the state of `settings`."""
    return subprocess.run(
        [str(CPW), *arguments], env=environment(settings), capture_output=True, text=True, check=False
    )


def sign(settings: Settings, user: str) -> str:
    """Return what proves to the database that a connection is this person's."""
    key = (settings.secrets / "access_key").read_bytes()
    return hmac.new(key, user.encode(), hashlib.sha256).hexdigest()


def as_reader(settings: Settings, user: str | None, signature: str | None = None) -> psycopg.Connection:
    """Connect as Superset does for a person; without a name as nobody."""
    options = f"-c app.username={user} -c app.signature={signature or sign(settings, user)}" if user else ""
    return connection.connect(settings, "reader", options=options, autocommit=True)


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment in which `cpw` finds this installation, and no other."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CPW_", "DAGSTER", "DBT_"))}
    return {
        **kept,
        "CPW_HOME": str(settings.home),
        "CPW_SUPERSET_PORT": str(settings.superset_port),
        "CPW_DAGSTER_PORT": str(settings.dagster_port),
    }


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
