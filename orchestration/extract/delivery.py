"""Load one delivery in one transaction, so that a cut leaves no trace: read, set aside, guard, keep, repair, record."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import psycopg
from psycopg import Connection, sql

from orchestration.extract import (
    absence,
    formats,
    guard,
    hashing,
    ledger,
    quarantine,
    raw_table,
    read,
    repair,
    version,
)
from orchestration.extract.contract import Contract
from orchestration.extract.data_types import ZONE
from orchestration.extract.errors import DecisionError, ExtractError, FileRefusedError
from orchestration.extract.folder import Arrival
from orchestration.extract.ledger import Delivery

# From so many bytes on a delivery is a segment of its own, unless most of its rows are likely to be known.
LARGE_BYTES = 4 << 20

Report = Callable[[int], None]


class _HeldError(Exception):
    """The delivery is to be held: nothing of it is kept but its row in the ledger."""

    def __init__(self, delivery: Delivery) -> None:
        super().__init__(delivery.reason)
        self.delivery = delivery


def load(
    connection: Connection, arrival: Arrival, report: Report | None = None, *, released: Delivery | None = None
) -> Delivery:
    """Load one arrival into tables that are prepared, in one transaction of `connection`; return its delivery.

    `report` is told the rows read so far. `released` is the held delivery to be loaded whatever the guards say. Raises
    `ExtractError` when the database fails; then nothing of it is kept.
    """
    report = report or (lambda _: None)
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


def _load_in_transaction(
    connection: Connection, arrival: Arrival, report: Report, released: Delivery | None
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
    report: Report,
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
    report: Report,
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
