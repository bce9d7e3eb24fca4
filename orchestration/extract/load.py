"""Load files of extracts into raw tables: those of one contract in their order, contracts side by side."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from psycopg import Connection

from orchestration.extract import delivery, folder, held, raw_table
from orchestration.extract.contract import Contract
from orchestration.extract.folder import Arrival
from orchestration.extract.ledger import Delivery
from orchestration.postgres import connection as postgres
from orchestration.settings import Settings

prepare = raw_table.prepare


@dataclass(frozen=True)
class Progress:
    """How far a load is: the rows read so far of file `file_number` of `file_count`."""

    file_name: str
    file_number: int
    file_count: int
    row_count: int


OnProgress = Callable[[Progress], None]


class _Count:
    """Numbers the files of a load as each begins, whichever connection loads it, and lets one at a time report."""

    def __init__(self, file_count: int, on_progress: OnProgress | None) -> None:
        self._file_count = file_count
        self._begun = 0
        self._on_progress = on_progress
        self._lock = Lock()

    def begin(self, arrival: Arrival) -> Progress:
        """Return the place of a file that begins now."""
        with self._lock:
            self._begun += 1
            return Progress(arrival.path.name, self._begun, self._file_count, 0)

    def on_progress(self, at: Progress) -> None:
        """Report how far a file is."""
        if self._on_progress:
            with self._lock:
                self._on_progress(at)


def load_folder(
    settings: Settings,
    folder_path: Path,
    contracts: Sequence[Contract],
    *,
    workers: int = 1,
    on_progress: OnProgress | None = None,
) -> tuple[Delivery, ...]:
    """Load every file of `folder_path` that a contract claims; see `load_arrivals`.

    Raises `FolderError` when the folder is missing.
    """
    arrivals = folder.match(folder_path, contracts).arrivals
    with postgres.connect(settings, "owner", autocommit=True) as connection:
        prepare(connection, contracts)
    return load_arrivals(settings, arrivals, workers=workers, on_progress=on_progress)


def load_arrivals(
    settings: Settings, arrivals: Sequence[Arrival], *, workers: int = 1, on_progress: OnProgress | None = None
) -> tuple[Delivery, ...]:
    """Load `arrivals` into tables that are prepared: those of one contract in their order, over `workers` connections.

    Returns one delivery for each file, in the order given; a file known already gives its former delivery. A file that
    does not fit is refused in the ledger, one that looks wrong as a whole is held, and neither stops the others. Raises
    `ExtractError` when a raw table does not fit its contract or the database fails; files loaded before that stay.
    """
    count = _Count(len(arrivals), on_progress)
    with ThreadPoolExecutor(workers) as pool:
        feeds = [pool.submit(_load_feed, settings, feed, count) for feed in _by_feed(arrivals)]
        found = {path: loaded for feed in feeds for path, loaded in feed.result().items()}
    return tuple(found[arrival.path] for arrival in arrivals)


def load_file(
    connection: Connection, contract: Contract, path: Path, *, on_progress: OnProgress | None = None
) -> Delivery:
    """Load one file in one transaction of `connection`, after `prepare`; return its delivery.

    The same file again changes nothing and gives its former delivery. Raises `ExtractError` when the name of the
    file does not match the contract or the database fails; then nothing of it is kept.
    """
    place = Progress(path.name, 1, 1, 0)
    report = _reporter(place, on_progress) if on_progress else None
    return delivery.load(connection, folder.arrival(path, contract), report)


def _by_feed(arrivals: Sequence[Arrival]) -> list[list[Arrival]]:
    """Return the arrivals of each contract in their order, the contract with most bytes first."""
    feeds: dict[str, list[Arrival]] = defaultdict(list)
    for arrival in arrivals:
        feeds[arrival.contract.name].append(arrival)
    return sorted(feeds.values(), key=lambda feed: sum(arrival.size for arrival in feed), reverse=True)


def _load_feed(settings: Settings, arrivals: Sequence[Arrival], count: _Count) -> dict[Path, Delivery]:
    """Load the files of one contract in their order, over a connection of their own."""
    deliveries = {}
    with postgres.connect(settings, "owner", autocommit=True) as connection:
        for arrival in arrivals:
            loaded = delivery.load(connection, arrival, _reporter(count.begin(arrival), count.on_progress))
            if loaded.state == "held":
                held.keep(settings, loaded, arrival.path)
            deliveries[arrival.path] = loaded
    return deliveries


def _reporter(place: Progress, on_progress: OnProgress) -> Callable[[int], None]:
    """Return the function that reports the rows read so far of the file at `place`."""
    return lambda row_count: on_progress(replace(place, row_count=row_count))
