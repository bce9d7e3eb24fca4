"""What the sensor saw of a folder at its looks: a file is taken once it stood still between two of them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sightings:
    """The stamp (what changes when a file does) of each file, at the last look and when it was last taken."""

    seen: Mapping[str, str] = field(default_factory=dict)
    taken: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, cursor: str | None) -> "Sightings":
        """Return the sightings that a cursor holds."""
        return cls(**json.loads(cursor)) if cursor else cls()

    @property
    def cursor(self) -> str:
        """The sightings as a sensor keeps them."""
        return json.dumps({"seen": self.seen, "taken": self.taken}, separators=(",", ":"))

    @property
    def moving(self) -> dict[str, str]:
        """The files seen that are not taken: new, changed, or still growing."""
        return {name: stamp for name, stamp in self.seen.items() if self.taken.get(name) != stamp}

    def look(self, stamps: Mapping[str, str]) -> tuple["Sightings", dict[str, str]]:
        """Return the sightings after a look that found `stamps`, and the files that are new and stood still since.

        A file that went is forgotten: should it come again, the ledger knows whether it is the same.
        """
        found = {name: _short(stamp) for name, stamp in stamps.items()}
        taken = {name: stamp for name, stamp in self.taken.items() if name in found}
        now = Sightings(found, taken)
        return now, {name: stamp for name, stamp in now.moving.items() if self.seen.get(name) == stamp}

    def take(self, files: Mapping[str, str]) -> "Sightings":
        """Return the sightings once `files` were taken."""
        return Sightings(self.seen, {**self.taken, **files})


def run_key(files: Mapping[str, str]) -> str:
    """Return the key of a run for just these files as they are now: the same set starts no second run."""
    return _short(json.dumps(sorted(files.items())))


def _short(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
