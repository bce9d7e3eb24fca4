"""The delivery ledger: one row for each file received, and what is known about a file that comes again."""

from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Literal

from psycopg import Connection
from psycopg.rows import class_row

from orchestration.extract.folder import Arrival

_LOCK = 6_117_842_002


@dataclass(frozen=True)
class Delivery:
    """One row of `raw.delivery`, with the counts of its rows; `is_new` tells that this run recorded it."""

    delivery_id: int
    source_name: str
    table_name: str
    file_name: str
    file_digest: str
    extracted_at: datetime
    state: Literal["loaded", "refused"]
    reason: str | None
    received_count: int
    loaded_count: int
    unchanged_count: int
    quarantined_count: int
    is_new: bool

    @property
    def sentence(self) -> str:
        """What became of the file, in words."""
        if self.reason:
            return f"refused: {self.reason}"
        return (
            f"{self.file_name}: {self.received_count:,} rows received = {self.loaded_count:,} loaded + "
            f"{self.unchanged_count:,} unchanged + {self.quarantined_count:,} in quarantine"
        )


def prepare(connection: Connection) -> None:
    """Make the tables of the ledger; whoever prepares at the same moment waits."""
    connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
    connection.execute(resources.files(__package__).joinpath("ledger.sql").read_text())


def lock(connection: Connection, arrival: Arrival) -> None:
    """Let one loader at a time, until the end of its transaction, work on the files of a contract."""
    connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, %s))", [arrival.contract.raw_table, _LOCK])


def known(connection: Connection, arrival: Arrival, digest: str) -> Delivery | None:
    """Return the latest delivery of this file when nothing about it has changed, else None.

    A file of the same name with other content is new; a refused file is new once its contract has changed.
    """
    latest = """
        select delivery_id, source_name, table_name, file_name, file_digest, extracted_at, state, reason,
            received_count, loaded_count, unchanged_count, quarantined_count, false as is_new
        from (
            select * from raw.delivery
            where source_name = %(source)s and table_name = %(table)s and file_name = %(file)s
            order by delivery_id desc limit 1
        ) as latest
        where file_digest = %(digest)s and (state = 'loaded' or contract_digest = %(contract)s)
    """
    values = {
        "source": arrival.contract.source,
        "table": arrival.contract.table,
        "file": arrival.path.name,
        "digest": digest,
        "contract": arrival.contract.digest,
    }
    with connection.cursor(row_factory=class_row(Delivery)) as cursor:
        return cursor.execute(latest, values).fetchone()


def next_id(connection: Connection) -> int:
    """Return a new delivery's number; the numbers of one contract ascend, gaps come from loads that were cut."""
    row = connection.execute("select nextval(pg_get_serial_sequence('raw.delivery', 'delivery_id'))").fetchone()
    return int(row[0])  # type: ignore[index]


def record(
    connection: Connection,
    arrival: Arrival,
    digest: str,
    *,
    delivery_id: int,
    reason: str | None = None,
    received: int = 0,
    loaded: int = 0,
    unchanged: int = 0,
    quarantined: int = 0,
) -> Delivery:
    """Write a delivery: loaded with its counts, or refused for `reason`.

    Raises psycopg's `CheckViolation` when the counts do not add up.
    """
    delivery = Delivery(
        delivery_id=delivery_id,
        source_name=arrival.contract.source,
        table_name=arrival.contract.table,
        file_name=arrival.path.name,
        file_digest=digest,
        extracted_at=arrival.extracted_at,
        state="refused" if reason else "loaded",
        reason=reason,
        received_count=received,
        loaded_count=loaded,
        unchanged_count=unchanged,
        quarantined_count=quarantined,
        is_new=True,
    )
    connection.execute(
        """
        insert into raw.delivery (
            delivery_id, source_name, table_name, file_name, file_digest, contract_digest, extracted_at, state,
            reason, received_count, loaded_count, unchanged_count, quarantined_count
        ) values (
            %(delivery_id)s, %(source_name)s, %(table_name)s, %(file_name)s, %(file_digest)s, %(contract_digest)s,
            %(extracted_at)s, %(state)s, %(reason)s, %(received_count)s, %(loaded_count)s, %(unchanged_count)s,
            %(quarantined_count)s
        )
        """,
        {**vars(delivery), "contract_digest": arrival.contract.digest},
    )
    return delivery


def is_late(connection: Connection, arrival: Arrival) -> bool:
    """Tell whether a file that the source extracted later has been loaded before this one."""
    row = connection.execute(
        """
        select exists (
            select from raw.delivery
            where source_name = %s and table_name = %s and state = 'loaded' and extracted_at > %s
        )
        """,
        [arrival.contract.source, arrival.contract.table, arrival.extracted_at],
    ).fetchone()
    return bool(row[0])  # type: ignore[index]
