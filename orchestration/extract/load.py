"""Load files of extracts into raw tables: one transaction for each file, so that a cut leaves no trace."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

import psycopg
from psycopg import Connection, sql

from orchestration.extract import (
    absence,
    folder,
    formats,
    guard,
    hashing,
    held,
    ledger,
    quarantine,
    raw_table,
    read,
    repair,
    version,
)
from orchestration.extract.contracts import Contract
from orchestration.extract.data_types import ZONE
from orchestration.extract.errors import DecisionError, ExtractError, FileRefusedError
from orchestration.extract.folder import Arrival
from orchestration.extract.ledger import Delivery
from orchestration.postgres import connection as postgres
from orchestration.settings import Settings

prepare = raw_table.prepare
# From so many bytes on a delivery is a segment of its own, unless most of its rows are likely to be known.
LARGE_BYTES = 4 << 20


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


class _HeldError(Exception):
    """The delivery is to be held: nothing of it is kept but its row in the ledger."""

    def __init__(self, delivery: Delivery) -> None:
        super().__init__(delivery.reason)
        self.delivery = delivery


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
        found = {path: delivery for feed in feeds for path, delivery in feed.result().items()}
    return tuple(found[arrival.path] for arrival in arrivals)


def load_file(
    connection: Connection, contract: Contract, path: Path, *, on_progress: OnProgress | None = None
) -> Delivery:
    """Load one file in one transaction of `connection`, after `prepare`; return its delivery.

    The same file again changes nothing and gives its former delivery. Raises `ExtractError` when the name of the
    file does not match the contract or the database fails; then nothing of it is kept.
    """
    return load_arrival(connection, folder.arrival(path, contract), Progress(path.name, 1, 1, 0), on_progress)


def load_arrival(
    connection: Connection,
    arrival: Arrival,
    place: Progress,
    on_progress: OnProgress | None = None,
    released: Delivery | None = None,
) -> Delivery:
    """Load one arrival in one transaction; `released` is the held delivery to be loaded whatever the guards say.

    Raises `ExtractError` as `load_file` does.
    """

    def report(row_count: int) -> None:
        if on_progress:
            on_progress(Progress(place.file_name, place.file_number, place.file_count, row_count))

    report(0)
    try:
        with connection.transaction():
            return _load_in_transaction(connection, arrival, report, released)
    except psycopg.errors.CheckViolation as error:
        raise ExtractError(
            f"{arrival.path.name}: its rows do not add up ({error.diag.constraint_name}), so nothing of it was kept: "
            "this is a defect of the loader, please report it with the file."
        ) from error
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise ExtractError(
            f"{arrival.path.name} was not loaded and nothing of it was kept, since the database failed ({reason}): "
            "run again once it is well."
        ) from error


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
            delivery = load_arrival(connection, arrival, count.begin(arrival), count.on_progress)
            if delivery.state == "held":
                held.keep(settings, delivery, arrival.path)
            deliveries[arrival.path] = delivery
    return deliveries


def _load_in_transaction(
    connection: Connection, arrival: Arrival, report: Callable[[int], None], released: Delivery | None
) -> Delivery:
    ledger.lock(connection, arrival.contract.source, arrival.contract.table)
    if released is not None:
        # Somebody else may have decided while this waited.
        ledger.held(connection, released.delivery_id)
    digest = ""
    try:
        look = _look(arrival.path)
        with arrival.path.open("rb") as file:
            digest = read.digest(file)
        if released is None and (delivery := ledger.known(connection, arrival, digest)):
            return delivery
        if released is not None and digest != released.file_digest:
            raise FileRefusedError(f"{arrival.path} is not the file that was held.")
        delivery = released or ledger.draft(connection, arrival, digest)
        # Whatever a held or refused file did is undone to this point, and its row in the ledger is all that stays.
        with connection.transaction():
            return _load_rows(connection, arrival, delivery, look, report, is_guarded=released is None)
    except _HeldError as held:
        return ledger.record(connection, held.delivery)
    except FileRefusedError as error:
        reason = str(error)
    except OSError as error:
        reason = f"{arrival.path.name} cannot be read ({error.strerror}): mend the file or its permissions."
        if known := ledger.known(connection, arrival, digest):
            return known
    if released is not None:
        # It stays held, and its file stays: refused, it would be nowhere.
        raise DecisionError(f"Delivery {released.delivery_id} cannot be released: {reason}")
    return ledger.record(connection, replace(ledger.draft(connection, arrival, digest), state="refused", reason=reason))


def _load_rows(
    connection: Connection,
    arrival: Arrival,
    delivery: Delivery,
    look: tuple[int, ...],
    report: Callable[[int], None],
    *,
    is_guarded: bool,
) -> Delivery:
    contract = arrival.contract
    connection.execute("set local datestyle = 'ISO, YMD'; set local client_encoding = 'UTF8'")
    # A row that says when it was extracted says it in local time.
    connection.execute(sql.SQL("set local timezone = {}").format(sql.Literal(ZONE.key)))
    with formats.open_csv(arrival) as stream, quarantine.Aside() as aside:
        reader = read.Reader(stream, contract, arrival.path.name, aside, arrival.marks)
        delivery = replace(
            ledger.with_marks(delivery, reader.marks), loaded_at=ledger.moment(connection, contract), state="loaded"
        )
        is_large = _is_large(connection, arrival, delivery)
        rows = raw_table.make_target(connection, contract, delivery, is_large=is_large)
        row_count = _copy(connection, reader, rows, report, is_large=is_large)
        if _look(arrival.path) != look:
            raise FileRefusedError(
                f"{arrival.path.name} changed while it was read, so nothing of it was kept: run again once it is whole."
            )
        delivery = _with_time_of_rows(connection, contract, delivery, reader)
        reasons = _reasons(connection, contract, delivery, reader) if is_guarded else []
        if is_large:
            raw_table.index_segment(connection, contract, rows)
        quarantined = quarantine.keep(connection, aside, delivery.delivery_id, rows)
        silence = None
        if contract.removes_what_is_absent and raw_table.has_rows(connection, contract):
            silence = absence.find(connection, contract, delivery, rows)
            reasons += guard.of_silence(contract, silence) if is_guarded else []
        if reasons:
            raise _HeldError(_held(arrival, delivery, reader.row_count, reasons))
        kept = version.keep(connection, contract, delivery, rows, row_count, is_large=is_large)
        deleted = absence.delete(connection, contract, delivery) if silence else 0
        recorded = ledger.record(
            connection,
            replace(
                delivery,
                reason=None,
                received_count=reader.row_count,
                loaded_count=kept.loaded,
                unchanged_count=kept.unchanged,
                quarantined_count=quarantined,
                held_count=0,
                deleted_count=deleted,
            ),
        )
        if contract.removes_what_is_absent:
            repair.after(connection, contract, recorded)
        return recorded


def _look(path: Path) -> tuple[int, ...]:
    """Return what changes when a file does."""
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _is_large(connection: Connection, arrival: Arrival, delivery: Delivery) -> bool:
    """Tell whether to copy the rows into a segment at once.

    Not where most of them are likely to repeat what is there, nor where their position is not known before.
    """
    contract = arrival.contract
    if arrival.size < LARGE_BYTES or delivery.extracted_at is None or contract.has_time_in_rows:
        return False
    return not (contract.removes_what_is_absent and raw_table.has_rows(connection, contract))


def _copy(
    connection: Connection,
    reader: read.Reader,
    rows: sql.Identifier,
    report: Callable[[int], None],
    *,
    is_large: bool,
) -> int:
    """Copy the good rows into the table `rows`; return how many it says it took.

    A segment is frozen: it is made in this transaction, and what nobody else can see needs no look at its visibility.
    """
    statement = sql.SQL("copy {} ({}) from stdin (format csv, delimiter {}{})").format(
        rows,
        sql.SQL(", ").join(sql.Identifier(name) for name in reader.copy_columns),
        sql.Literal(hashing.SEPARATOR),
        sql.SQL(", freeze" if is_large else ""),
    )
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for block in reader.blocks():
                copy.write(block)
                report(reader.row_count)
        return cursor.rowcount


def _with_time_of_rows(connection: Connection, contract: Contract, delivery: Delivery, reader: read.Reader) -> Delivery:
    """Return `delivery` with the extract time that its rows say, where nothing else says it."""
    if delivery.extracted_at is not None:
        return delivery
    latest = reader.latest_extracted_at
    if contract.has_time_in_rows and latest is None:
        # Nothing of it stands anywhere; it was received all the same.
        return replace(delivery, extracted_at=delivery.loaded_at)
    if latest is None:
        raise FileRefusedError(
            f"{delivery.file_name} has no row that says in {contract.extracted_at_column} when it was extracted, so it "
            "has no place among the deliveries: ask the source to send it again."
        )
    if not contract.has_time_in_rows:
        connection.execute("update incoming set _extracted_at = %s", [latest])
    return replace(delivery, extracted_at=latest)


def _reasons(connection: Connection, contract: Contract, delivery: Delivery, reader: read.Reader) -> list[str]:
    """Return the reasons to hold a delivery that can be told from it and from the ledger."""
    usual = ledger.usual_count(connection, contract, guard.LEAST_HISTORY, guard.LATEST_HISTORY)
    return [
        *guard.of_period(contract, delivery),
        *guard.of_provider(contract, frozenset(reader.providers)),
        *guard.of_volume(contract, reader.row_count, usual),
    ]


def _held(arrival: Arrival, delivery: Delivery, received: int, reasons: Sequence[str]) -> Delivery:
    reason = f"{arrival.path.name} was held, since {' and '.join(reasons)}."
    return replace(delivery, state="held", reason=reason, loaded_at=None, received_count=received, held_count=received)
