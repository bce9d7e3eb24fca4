"""A Postgres of its own for the tests of ingestion, and a small contract that has every kind of column."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from orchestration import settings as settings_module
from orchestration.extract import load
from orchestration.postgres import connection, roles, server
from orchestration.settings import Settings
from tests.integration.extract.ward import VISIT

# It asserts as a test does: let pytest say what differed.
pytest.register_assert_rewrite("tests.integration.extract.replay")


@pytest.fixture(scope="session")
def installation() -> Iterator[Settings]:
    """Start a Postgres in a folder of its own, one for all tests of ingestion."""
    # Not pytest's own folder: where tests run as root, PostgreSQL runs as a user that cannot enter that.
    home = Path(tempfile.mkdtemp(prefix="cpw-extract-"))
    settings = settings_module.load({**os.environ, "CPW_HOME": str(home), "CPW_DATABASE_URL": ""})
    try:
        roles.prepare(settings)
        yield settings
    finally:
        server.stop(settings)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def settings(installation: Settings) -> Settings:
    """Return the installation with an empty schema raw, and nothing held."""
    shutil.rmtree(installation.home / "held", ignore_errors=True)
    with connection.connect(installation, autocommit=True) as owner:
        owner.execute("drop schema raw cascade")
        owner.execute("create schema raw")
    return installation


@pytest.fixture
def owner(settings: Settings) -> Iterator[psycopg.Connection]:
    """Return a connection of the owner, with the raw table of VISIT made."""
    with connection.connect(settings, autocommit=True) as connected:
        load.prepare(connected, [VISIT])
        yield connected
