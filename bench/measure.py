"""The measurements: ours and its floor in turn, in the same minutes, so that their ratio holds on a busy machine."""

import os
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql

from bench import child, floor
from bench.child import Outcome
from bench.errors import BenchError
from bench.trust import Sample
from orchestration import foundation
from orchestration import settings as settings_module
from orchestration.postgres import connection
from orchestration.settings import PROJECT, Settings

FLOOR_DATABASE = "floor"
# A measurement longer than this is made once.
LONG_SECONDS = 60
_FEW_QUARANTINED = 0.001

Say = Callable[[str], None]


@dataclass
class Found:
    """Everything measured on one sample: each name with one number for each round."""

    sample: Sample
    numbers: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, name: str, number: float) -> None:
        """Add one number to what was found under `name`."""
        self.numbers[name].append(number)


class Bench:
    """An embedded server of the bench's own, with the project's own settings, and what is measured on it."""

    def __init__(self, settings: Settings, python: Path, peer_python: Path, say: Say) -> None:
        self._settings = settings
        self._python = python
        self._peer_python = peer_python
        self._say = say

    def prepare(self) -> str:
        """Make roles and databases; return the version of the server."""
        foundation.lay(self._settings)
        with self._administrator() as administrator:
            administrator.execute(f"drop database if exists {FLOOR_DATABASE} with (force)")
            administrator.execute(f"create database {FLOOR_DATABASE}")
            row = administrator.execute("show server_version").fetchone()
            return str(row[0])  # type: ignore[index]

    def sample(self, sample: Sample, rounds: int) -> Found:
        """Measure loading of one sample in up to `rounds` rounds; each holds the floor and all of ours."""
        found = Found(sample)
        for number in range(1, rounds + 1):
            self._say(f"{sample.years} trust-year(s), round {number} of {rounds}")
            if self._round(found) > LONG_SECONDS:
                break
        return found

    def _round(self, found: Found) -> float:
        sample = found.sample
        raw = self._floor(sample.loaded, 1)
        found.add("raw_seconds", raw)
        one = self._ours(found, sample.loaded, 1, anew=True)
        found.add("ours_one", one.said["seconds"] / raw)
        found.add("memory_one", one.largest)
        again = self._ours(found, sample.loaded, 1, is_new=False)
        found.add("again", again.said["seconds"] / raw)
        more = self._ours(found, sample.next_year, 1)
        raw_more = self._floor(sample.next_year, 1)
        found.add("more_one", more.said["seconds"] / raw_more)
        day = self._ours(found, sample.day, 1)
        found.add("day_seconds", day.said["seconds"])
        found.add("day", day.said["seconds"] / raw)

        found.add("raw_two", self._floor(sample.loaded, 2) / raw)
        two = self._ours(found, sample.loaded, 2, anew=True)
        found.add("ours_two", two.said["seconds"] / raw)
        found.add("memory_two", two.largest)
        more_two = self._ours(found, sample.next_year, 2)
        found.add("more_two", more_two.said["seconds"] / raw_more)
        return float(one.said["seconds"])

    def peers(self, sample: Sample, names: list[str], rounds: int) -> Found:
        """Measure every peer on the largest extract; a slow one runs once."""
        found = Found(sample)
        (file,) = sample.largest.iterdir()
        dsn = connection.administrator_dsn(self._settings, FLOOR_DATABASE)
        slow: set[str] = set()
        for number in range(1, rounds + 1):
            self._say(f"Peers on {file.name}, round {number} of {rounds}")
            raw = self._floor(sample.largest, 1)
            found.add("raw_seconds", raw)
            ours = self._ours(found, sample.largest, 1, anew=True)
            found.add("ours", ours.said["seconds"] / raw)
            for name in names:
                if name in slow:
                    continue
                self._say(f"  {name} ...")
                self._checkpoint(FLOOR_DATABASE)
                command = [str(self._peer_python), "-m", "bench.peers", name, str(file)]
                peer = child.run(command, self._environment(), PROJECT, dsn)
                found.add(name, peer.said["seconds"] / raw)
                found.add(f"{name}_memory", peer.largest)
                if peer.said["seconds"] > LONG_SECONDS / 6:
                    slow.add(name)
        return found

    def _floor(self, folder: Path, connections: int) -> float:
        return floor.copy(connection.administrator_dsn(self._settings, FLOOR_DATABASE), folder, connections)

    def _ours(self, found: Found, folder: Path, workers: int, *, anew: bool = False, is_new: bool = True) -> Outcome:
        """Load `folder` in a process of its own, into an empty warehouse where `anew`; see that all of it arrived."""
        if anew:
            with self._administrator() as administrator:
                administrator.execute(
                    sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(connection.DATABASE))
                )
            foundation.lay(self._settings)
        self._checkpoint(connection.DATABASE)
        command = [str(self._python), "-m", "bench.ours", str(folder), str(workers)]
        outcome = child.run(command, self._environment(), PROJECT)
        check(outcome, folder.name, found.sample.rows(folder), len(list(folder.iterdir())) if is_new else 0)
        self._say(f"  {folder.name}, {workers} connection(s): {outcome.said['seconds']:.1f} s")
        return outcome

    def _environment(self) -> dict[str, str]:
        """The environment of a program that measures: this installation's, whatever database the user has."""
        own = {"CPW_DATABASE_URL", "CPW_EXTRACTS"}
        kept = {name: value for name, value in os.environ.items() if name not in own}
        return {**kept, "CPW_HOME": str(self._settings.home), "DO_NOT_TRACK": "1"}

    def _checkpoint(self, database: str) -> None:
        with self._administrator(database) as administrator:
            administrator.execute("checkpoint")

    def _administrator(self, database: str = "postgres") -> psycopg.Connection:
        return connection.open_url(connection.administrator_dsn(self._settings, database), autocommit=True)


def check(outcome: Outcome, what: str, rows: int, new_files: int) -> None:
    """Raise `BenchError` unless the load received every row and loaded every file: a fast loss is no result."""
    said = outcome.said
    if said["not_loaded"]:
        raise BenchError(f"{what}: {len(said['not_loaded'])} files were not loaded, first {said['not_loaded'][0]}")
    if (said["received"], said["new"]) != (rows, new_files):
        raise BenchError(
            f"{what}: {said['received']:,} rows received of {rows:,}, {said['new']} new deliveries of {new_files}."
        )
    if said["quarantined"] > max(rows * _FEW_QUARANTINED, 100):
        raise BenchError(f"{what}: {said['quarantined']:,} rows of {rows:,} in quarantine: they do not fit any more.")


def own_settings(home: Path) -> Settings:
    """Return the settings of the bench's own installation below `home`, with an embedded server always."""
    return settings_module.load({"CPW_HOME": str(home)})
