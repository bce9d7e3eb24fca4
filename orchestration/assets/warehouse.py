"""The warehouse as a Dagster resource: prepared, and held by one refresh at a time."""

from collections.abc import Generator
from contextlib import contextmanager

import dagster as dg
import psycopg

from orchestration import settings as settings_module
from orchestration.postgres import connection, roles
from orchestration.settings import Settings

_LOCK = 6_117_842_003


class Warehouse(dg.ConfigurableResource):
    """Connections to the warehouse. A run holds it alone: a second one waits for nobody and fails with a sentence."""

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Generator["Warehouse", None, None]:
        """Hold the warehouse while the run lasts; the database lets go of it if the run is killed."""
        roles.prepare(self.settings)
        with self.connect() as held:
            row = held.execute("select pg_try_advisory_lock(%s)", [_LOCK]).fetchone()
            if not (row and row[0]):
                raise dg.Failure(
                    "Another refresh of this warehouse is under way. Wait until it has ended and start again.",
                    allow_retries=False,
                )
            yield self

    @property
    def settings(self) -> Settings:
        """The settings of this installation."""
        return settings_module.load()

    def connect(self) -> psycopg.Connection:
        """Open a connection as the owner; each statement is its own transaction unless one is opened."""
        return connection.connect(self.settings, autocommit=True)
