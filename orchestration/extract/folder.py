"""Which file of a folder belongs to which contract, and when its source made it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from orchestration.extract.contracts import TIME_MARK, Contract
from orchestration.extract.errors import ExtractError, FolderError

# The time in a file's name is the local time of the source, as are the times inside the file.
ZONE = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class Arrival:
    """A file, the contract that its name matches, and the time at which the source extracted it."""

    contract: Contract
    path: Path
    extracted_at: datetime


@dataclass(frozen=True)
class Unmatched:
    """A file that no contract claims, and why."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Match:
    """The files of a folder: `arrivals` in the order in which to load them, and the `unmatched`."""

    arrivals: tuple[Arrival, ...]
    unmatched: tuple[Unmatched, ...]


def match(folder: Path, contracts: Sequence[Contract]) -> Match:
    """Match the files of `folder` (not of its subfolders, nor hidden ones) to `contracts` by their names.

    Arrivals are ordered by extract time, then name. Raises `FolderError` when the folder is missing or unreadable.
    """
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    except FileNotFoundError:
        raise FolderError(f"The folder of extracts {folder} does not exist: make it, or name another.") from None
    except OSError as error:
        raise FolderError(f"The folder of extracts {folder} cannot be read: {error.strerror}.") from None
    arrivals: list[Arrival] = []
    unmatched: list[Unmatched] = []
    for path in files:
        found = _arrival(path, contracts)
        (arrivals if isinstance(found, Arrival) else unmatched).append(found)  # type: ignore[arg-type]
    arrivals.sort(key=lambda arrival: (arrival.extracted_at, arrival.path.name))
    return Match(tuple(arrivals), tuple(unmatched))


def arrival(path: Path, contract: Contract) -> Arrival:
    """Return `path` as an arrival of `contract`. Raises `ExtractError` when its name does not match."""
    found = _arrival(path, [contract])
    if isinstance(found, Unmatched):
        raise ExtractError(f"{path.name} is not a file of {contract.name}: {found.reason}.")
    return found


def _arrival(path: Path, contracts: Sequence[Contract]) -> Arrival | Unmatched:
    for contract in contracts:
        before, after = map(re.escape, contract.file_pattern.split(TIME_MARK))
        if found := re.fullmatch(f"{before}([0-9]+(?:T[0-9]+)?){after}", path.name):
            time = _time(found[1])
            if time is None:
                return Unmatched(path, f"{found[1]} is not an extract time YYYYMMDD or YYYYMMDDTHHMM")
            return Arrival(contract, path, time)
    patterns = contracts[0].file_pattern if len(contracts) == 1 else "any contract's file_pattern"
    return Unmatched(path, f"its name does not match {patterns}")


def _time(text: str) -> datetime | None:
    form = {8: "%Y%m%d", 13: "%Y%m%dT%H%M"}.get(len(text))
    try:
        return datetime.strptime(text, form).replace(tzinfo=ZONE) if form else None
    except ValueError:
        return None
