"""The warehouse as a Dagster resource: its foundation laid, and held by one refresh at a time."""

from collections.abc import Generator
from contextlib import contextmanager

import dagster as dg
import psycopg

from orchestration import foundation
from orchestration import settings as settings_module
from orchestration.postgres import connection
from orchestration.postgres.hold import hold
from orchestration.settings import Settings


class Warehouse(dg.ConfigurableResource):
    """Connections to the warehouse. A run holds it alone: a second one fails at once with a sentence."""

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Generator["Warehouse", None, None]:
        """Hold the warehouse while the run lasts; the database lets go of it if the run is killed."""
        foundation.lay(self.settings)
        with hold(self.settings):
            yield self

    @property
    def settings(self) -> Settings:
        """The settings of this installation."""
        return settings_module.load()

    def connect(self) -> psycopg.Connection:
        """Open a connection as the owner; each statement is its own transaction unless one is opened."""
        return connection.connect(self.settings, autocommit=True)
