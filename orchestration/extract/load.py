"""Load files of extracts into raw tables: one transaction for each file, so that a cut leaves no trace."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import Connection, sql

from orchestration.extract import check, folder, ledger, quarantine, raw_table, read, version
from orchestration.extract.contracts import Contract
from orchestration.extract.errors import ExtractError, FileRefusedError
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


def load_folder(
    settings: Settings, folder_path: Path, contracts: Sequence[Contract], *, on_progress: OnProgress | None = None
) -> tuple[Delivery, ...]:
    """Load every file of `folder_path` that a contract claims, in the order of their extract times.

    Returns one delivery for each file, the newest last; a file known already gives its former delivery. A file that
    does not fit is refused in the ledger and does not stop the others. Raises `ExtractError` when the folder is
    missing, a raw table does not fit its contract, or the database fails; files loaded before that stay loaded.
    """
    arrivals = folder.match(folder_path, contracts).arrivals
    deliveries = []
    with postgres.connect(settings, "owner", autocommit=True) as connection:
        prepare(connection, contracts)
        for number, arrival in enumerate(arrivals, start=1):
            place = Progress(arrival.path.name, number, len(arrivals), 0)
            deliveries.append(_load(connection, arrival, place, on_progress))
    return tuple(deliveries)


def load_file(
    connection: Connection, contract: Contract, path: Path, *, on_progress: OnProgress | None = None
) -> Delivery:
    """Load one file in one transaction of `connection`, after `prepare`; return its delivery.

    The same file again changes nothing and gives its former delivery. Raises `ExtractError` when the name of the
    file does not match the contract or the database fails; then nothing of it is kept.
    """
    return _load(connection, folder.arrival(path, contract), Progress(path.name, 1, 1, 0), on_progress)


def _load(connection: Connection, arrival: Arrival, place: Progress, on_progress: OnProgress | None) -> Delivery:
    def report(row_count: int) -> None:
        if on_progress:
            on_progress(Progress(place.file_name, place.file_number, place.file_count, row_count))

    report(0)
    try:
        with connection.transaction():
            return _load_in_transaction(connection, arrival, report)
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


def _load_in_transaction(connection: Connection, arrival: Arrival, report: Callable[[int], None]) -> Delivery:
    ledger.lock(connection, arrival)
    digest = ""
    try:
        with arrival.path.open("rb") as file:
            digest = read.digest(file)
            if delivery := ledger.known(connection, arrival, digest):
                return delivery
            reader = read.Reader(file, arrival.contract, arrival.path.name)
            return _load_rows(connection, arrival, reader, digest, report)
    except FileRefusedError as error:
        reason = str(error)
    except OSError as error:
        reason = f"{arrival.path.name} cannot be read ({error.strerror}): mend the file or its permissions."
        if delivery := ledger.known(connection, arrival, digest):
            return delivery
    return ledger.record(connection, arrival, digest, delivery_id=ledger.next_id(connection), reason=reason)


def _load_rows(
    connection: Connection, arrival: Arrival, reader: read.Reader, digest: str, report: Callable[[int], None]
) -> Delivery:
    contract = arrival.contract
    # The text form of a date, which is compared and hashed, must not depend on the settings of a server.
    connection.execute("set local datestyle = 'ISO, YMD'")
    connection.execute("set local client_encoding = 'UTF8'")
    check.make_incoming(connection, reader.columns)
    statement = sql.SQL("copy incoming from stdin (format csv, delimiter {}, force_null *)").format(
        sql.Literal(contract.delimiter)
    )
    with connection.cursor().copy(statement) as copy:
        for block in reader.blocks():
            copy.write(block)
            report(reader.row_count)
    if reader.digest != digest:
        raise FileRefusedError(
            f"{arrival.path.name} changed while it was read, so nothing of it was kept: run again once it is complete."
        )
    check.check(connection, contract)
    delivery_id = ledger.next_id(connection)
    kept = version.keep(connection, arrival, delivery_id)
    if ledger.is_late(connection, arrival):
        version.restore(connection, arrival)
    raw_table.index(connection, contract)
    return ledger.record(
        connection,
        arrival,
        digest,
        delivery_id=delivery_id,
        received=reader.row_count,
        loaded=kept.loaded,
        unchanged=kept.unchanged,
        quarantined=quarantine.keep(connection, reader, delivery_id),
    )
