"""Dagster's event log with connections that stay open: a new one for each of thousands of events takes long."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, create_engine, event

# The index of all runs, and a file for each run: who looks through many runs need not hold them all open.
_OPEN_FILES = 8


class EventLog(SqliteEventLogStorage):
    """The files, the tables and the locking are Dagster's own; only the connections are not made anew."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """Keep the log in files under `base_dir`."""
        self._engines: dict[str, Engine] = {}
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> "EventLog":
        """Return the log that `dagster.yaml` describes."""
        return cls(inst_data=inst_data, **config_value)

    def dispose(self) -> None:
        """Close all files."""
        super().dispose()
        with self._db_lock:
            while self._engines:
                self._engines.popitem()[1].dispose()

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def _engine(self, shard: str) -> Engine:
        """Return what is connected to the file of a run or to the index; the one asked longest ago is closed."""
        engine = self._engines.pop(shard, None) or _open(self.conn_string_for_shard(shard))
        self._engines[shard] = engine
        if len(self._engines) > _OPEN_FILES:
            self._engines.pop(next(iter(self._engines))).dispose()
        return engine


def _open(address: str) -> Engine:
    """Return an engine that waits for the disk at checkpoints, not at each event.

    Where the machine itself fails, the newest events may be missing; the files stay whole, as do our own ledgers.
    """
    engine = create_engine(address, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})
    event.listen(engine, "connect", lambda connection, _: connection.execute("pragma synchronous = normal"))
    return engine
