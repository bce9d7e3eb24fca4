"""Which file of a folder belongs to which contract, and what its name says of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from orchestration.extract import marks
from orchestration.extract.contract import Contract
from orchestration.extract.errors import ExtractError, FolderError
from orchestration.extract.marks import Marks

# A file may come packed: the name that the contract knows, and then one of these.
PACKED = (".gz", ".zip")


@dataclass(frozen=True)
class Arrival:
    """A file, the contract that its name matches, and what the name says of the delivery."""

    contract: Contract
    path: Path
    marks: Marks

    @property
    def extracted_at(self) -> datetime | None:
        """When the source extracted it, where the name says so."""
        return self.marks.extracted_at

    @property
    def size(self) -> int:
        """Size of the file in bytes, as it lies there; 0 where it is gone."""
        return self.path.stat().st_size if self.path.exists() else 0


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

    Raises `FolderError` when the folder is missing or unreadable.
    """
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    except FileNotFoundError:
        raise FolderError(f"The folder of extracts {folder} does not exist: make it, or name another.") from None
    except OSError as error:
        raise FolderError(f"The folder of extracts {folder} cannot be read: {error.strerror}.") from None
    return match_files(files, contracts)


def match_files(files: Iterable[Path], contracts: Sequence[Contract]) -> Match:
    """Match `files` to `contracts` by their names. Arrivals are ordered by extract time, then name."""
    arrivals: list[Arrival] = []
    unmatched: list[Unmatched] = []
    for path in files:
        found = _arrival(path, contracts)
        (arrivals if isinstance(found, Arrival) else unmatched).append(found)  # type: ignore[arg-type]
    arrivals.sort(key=lambda one: (one.extracted_at.timestamp() if one.extracted_at else 0.0, one.path.name))
    return Match(tuple(arrivals), tuple(unmatched))


def arrival(path: Path, contract: Contract) -> Arrival:
    """Return `path` as an arrival of `contract`. Raises `ExtractError` when its name does not match."""
    found = _arrival(path, [contract])
    if isinstance(found, Unmatched):
        raise ExtractError(f"{path.name} is not a file of {contract.name}: {found.reason}.")
    return found


def _arrival(path: Path, contracts: Sequence[Contract]) -> Arrival | Unmatched:
    names = [path.name, *(path.name.removesuffix(ending) for ending in PACKED if path.name.endswith(ending))]
    for contract in contracts:
        for name in names:
            found = marks.read(contract.file_pattern, name)
            if isinstance(found, str):
                return Unmatched(path, found)
            if found is not None:
                return Arrival(contract, path, found)
    patterns = contracts[0].file_pattern if len(contracts) == 1 else "any contract's file_pattern"
    return Unmatched(path, f"its name does not match {patterns}")
