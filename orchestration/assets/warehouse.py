"""The warehouse as a Dagster resource: its foundation laid, and held by one refresh at a time."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager

import dagster as dg
import psycopg
from pydantic import PrivateAttr

from orchestration import foundation
from orchestration import settings as settings_module
from orchestration.assets import report
from orchestration.postgres import connection
from orchestration.postgres.hold import hold
from orchestration.settings import Settings


class Warehouse(dg.ConfigurableResource):
    """Connections to the warehouse. A run holds it alone: a second one fails at once with a sentence."""

    _held: ExitStack = PrivateAttr(default_factory=ExitStack)
    _holder: psycopg.Connection | None = PrivateAttr(default=None)

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Generator["Warehouse", None, None]:
        """Hold the warehouse while the run lasts; the database lets go of it if the run is killed.

        However the run ends, its report for the auditor is written last.
        """
        with self._held:
            self._hold()
            try:
                yield self
            finally:
                if context.run is not None:
                    report.write(self.settings, context.run.run_id, context.log)

    @property
    def settings(self) -> Settings:
        """The settings of this installation."""
        return settings_module.load()

    def connect(self) -> psycopg.Connection:
        """Open a connection as the owner; each statement is its own transaction unless one is opened.

        A database that was restarted has forgotten who held it: it is held anew first, or this fails.
        """
        try:
            if self._holder is not None:
                self._holder.execute("select 1")
        except psycopg.OperationalError:
            self._hold()
        return connection.connect(self.settings, autocommit=True)

    def _hold(self) -> None:
        foundation.lay(self.settings)
        self._held.close()
        self._holder = self._held.enter_context(hold(self.settings))
