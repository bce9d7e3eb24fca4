"""A warehouse for what arrives, and a hospital's database beside it, of which we may only read."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from orchestration import settings as settings_module
from orchestration.extract import bring as bring_module
from orchestration.extract import load, retry
from orchestration.postgres import connection, roles, server
from orchestration.settings import Settings
from tests.integration.arrival.source import CREATE, PASSWORD, Source


@pytest.fixture(scope="session")
def installation() -> Iterator[Settings]:
    """Start a Postgres in a folder of its own, with the source's database in it."""
    # Not pytest's own folder: where tests run as root, PostgreSQL runs as a user that cannot enter that.
    home = Path(tempfile.mkdtemp(prefix="cpw-arrival-"))
    settings = settings_module.load({**os.environ, "CPW_HOME": str(home), "CPW_DATABASE_URL": ""})
    try:
        roles.prepare(settings)
        with psycopg.connect(connection.administrator_dsn(settings), autocommit=True) as administrator:
            administrator.execute("create database hospital")
            administrator.execute(sql.SQL("create role cpw_reads login password {}").format(sql.Literal(PASSWORD)))
        yield settings
    finally:
        server.stop(settings)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def settings(installation: Settings) -> Settings:
    """Return the installation with an empty schema raw and nothing brought."""
    with connection.connect(installation, autocommit=True) as owner:
        owner.execute("drop schema raw cascade")
        owner.execute("create schema raw")
        load.prepare(owner, [])
    shutil.rmtree(installation.incoming, ignore_errors=True)
    return installation


@pytest.fixture
def source(installation: Settings) -> Iterator[Source]:
    """Return the source's database with an empty table of stays."""
    dsn = connection.administrator_dsn(installation, "hospital")
    with psycopg.connect(dsn, autocommit=True) as administrator:
        administrator.execute(CREATE)
        yield Source(administrator, dsn)


@pytest.fixture(autouse=True)
def without_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait: what waits are for is done by the tests themselves."""
    monkeypatch.setattr(retry, "FIRST_WAIT", 0)
    monkeypatch.setattr(bring_module, "SETTLED_SECONDS", 0)
