"""The delivery ledger: one row for each delivery, and what is known about a file that comes again."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from importlib import resources
from typing import Literal

from psycopg import Connection
from psycopg.rows import class_row

from orchestration.extract.contract import Contract
from orchestration.extract.errors import DecisionError
from orchestration.extract.folder import Arrival
from orchestration.extract.marks import Marks

_LOCK = 6_117_842_002
State = Literal["loaded", "refused", "held", "rejected"]


@dataclass(frozen=True)
class Delivery:
    """One row of `raw.delivery`, with the counts of its rows; `is_new` tells that this run recorded it."""

    delivery_id: int
    source_name: str
    table_name: str
    file_name: str
    file_digest: str
    contract_digest: str
    delivery_kind: str
    extracted_at: datetime | None
    period_start: date | None
    period_end: date | None
    sender: str | None
    state: State
    reason: str | None
    loaded_at: datetime | None = None
    received_count: int = 0
    loaded_count: int = 0
    unchanged_count: int = 0
    quarantined_count: int = 0
    held_count: int = 0
    deleted_count: int = 0
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision_reason: str | None = None
    is_new: bool = True

    @property
    def sentence(self) -> str:
        """What became of the file, in words."""
        if self.state == "refused":
            return f"refused: {self.reason}"
        if self.state == "held":
            number = self.delivery_id
            return f"held: {self.reason} Decide: `cpw release {number}` or `cpw reject {number} --because TEXT`."
        if self.state == "rejected":
            rows = f"{self.received_count:,} rows"
            return f"rejected: {self.file_name}, {rows}, by {self.decided_by}: {self.decision_reason}"
        gone = f"; {self.deleted_count:,} keys are gone" if self.deleted_count else ""
        return (
            f"{self.file_name}: {self.received_count:,} rows received = {self.loaded_count:,} loaded + "
            f"{self.unchanged_count:,} unchanged + {self.quarantined_count:,} in quarantine{gone}"
        )


_COLUMNS = ", ".join(name for name in Delivery.__dataclass_fields__ if name != "is_new")
_UPDATED = [name for name in Delivery.__dataclass_fields__ if name not in {"is_new", "delivery_id"}]


def prepare(connection: Connection) -> None:
    """Make the tables of the ledger; whoever prepares at the same moment waits."""
    connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
    connection.execute(resources.files(__package__).joinpath("ledger.sql").read_text())


def lock(connection: Connection, source: str, table: str) -> None:
    """Let one at a time, until the end of its transaction, work on the deliveries of a feed."""
    connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, %s))", [f"{source}__{table}", _LOCK])


def known(connection: Connection, arrival: Arrival, digest: str) -> Delivery | None:
    """Return the latest delivery of this file when nothing about it has changed, else None.

    A file of the same name with other content is new; a refused file is new once its contract has changed.
    """
    latest = f"""
        select {_COLUMNS}, false as is_new
        from (
            select * from raw.delivery
            where source_name = %(source)s and table_name = %(table)s and file_name = %(file)s
            order by delivery_id desc limit 1
        ) as latest
        where file_digest = %(digest)s and (state <> 'refused' or contract_digest = %(contract)s)
    """  # noqa: S608 - the names of our own columns
    values = {
        "source": arrival.contract.source,
        "table": arrival.contract.table,
        "file": arrival.path.name,
        "digest": digest,
        "contract": arrival.contract.digest,
    }
    with connection.cursor(row_factory=class_row(Delivery)) as cursor:
        return cursor.execute(latest, values).fetchone()


def find(connection: Connection, delivery_id: int) -> Delivery | None:
    """Return one delivery, or None."""
    query = f"select {_COLUMNS}, false as is_new from raw.delivery where delivery_id = %s"  # noqa: S608 - our own names
    with connection.cursor(row_factory=class_row(Delivery)) as cursor:
        return cursor.execute(query, [delivery_id]).fetchone()


def held(connection: Connection, delivery_id: int) -> Delivery:
    """Return a delivery that waits for a decision. Raises `DecisionError` where there is no such one."""
    delivery = find(connection, delivery_id)
    if delivery is None:
        raise DecisionError(f"There is no delivery {delivery_id}: `cpw deliveries --held` lists those that wait.")
    if delivery.state != "held":
        raise DecisionError(
            f"Delivery {delivery_id} ({delivery.file_name}) is {delivery.state}, not held: nothing to decide."
        )
    return delivery


def draft(connection: Connection, arrival: Arrival, digest: str) -> Delivery:
    """Return a delivery that is not yet recorded, with a new number.

    The numbers of one contract ascend in the order of arrival; gaps come from loads that were cut.
    """
    row = connection.execute("select nextval(pg_get_serial_sequence('raw.delivery', 'delivery_id'))").fetchone()
    return with_marks(
        Delivery(
            delivery_id=int(row[0]),  # type: ignore[index]
            source_name=arrival.contract.source,
            table_name=arrival.contract.table,
            file_name=arrival.path.name,
            file_digest=digest,
            contract_digest=arrival.contract.digest,
            delivery_kind=arrival.contract.delivery_kind,
            extracted_at=None,
            period_start=None,
            period_end=None,
            sender=None,
            state="loaded",
            reason=None,
        ),
        arrival.marks,
    )


def with_marks(delivery: Delivery, marks: Marks) -> Delivery:
    """Return `delivery` with what its name and first line say of it."""
    return replace(
        delivery,
        extracted_at=marks.extracted_at,
        period_start=marks.period_start,
        period_end=marks.period_end,
        sender=marks.sender,
    )


def record(connection: Connection, delivery: Delivery) -> Delivery:
    """Write a delivery, or what became of one that was held. Raises `CheckViolation` when its counts do not add up."""
    names = ", ".join(_UPDATED)
    connection.execute(
        f"""
        insert into raw.delivery (delivery_id, {names})
        values (%(delivery_id)s, {", ".join(f"%({name})s" for name in _UPDATED)})
        on conflict (delivery_id) do update
        set ({names}) = ({", ".join(f"excluded.{name}" for name in _UPDATED)})
        """,  # noqa: S608 - the names of our own columns
        vars(delivery),
    )
    return delivery


def moment(connection: Connection, contract: Contract) -> datetime:
    """Return the moment at which a delivery of the feed becomes known: after all that were loaded before it.

    By the server's clock, asked when the lock was got (a transaction may have waited since its start), and
    after the last one even if the clock was set back.
    """
    row = connection.execute(
        """
        select greatest(clock_timestamp(), max(loaded_at) + interval '1 microsecond')
        from raw.delivery
        where source_name = %s and table_name = %s
        """,
        [contract.source, contract.table],
    ).fetchone()
    return row[0]  # type: ignore[index]


def usual_count(connection: Connection, contract: Contract, least: int, latest: int) -> float | None:
    """Return the median of received rows of the `latest` deliveries loaded; None where fewer than `least` are there."""
    row = connection.execute(
        """
        select percentile_cont(0.5) within group (order by received_count), count(*)
        from (
            select received_count from raw.delivery
            where source_name = %s and table_name = %s and state = 'loaded'
            order by extracted_at desc, delivery_id desc limit %s
        ) as recent
        """,
        [contract.source, contract.table, latest],
    ).fetchone()
    return float(row[0]) if row and row[1] >= least else None


def later(connection: Connection, delivery: Delivery) -> list[Delivery]:
    """Return the loaded deliveries of the same feed that stand after `delivery`, in their order."""
    query = f"""
        select {_COLUMNS}, false as is_new from raw.delivery
        where source_name = %s and table_name = %s and state = 'loaded' and (extracted_at, delivery_id) > (%s, %s)
        order by extracted_at, delivery_id
    """  # noqa: S608 - the names of our own columns
    feed = [delivery.source_name, delivery.table_name, delivery.extracted_at, delivery.delivery_id]
    with connection.cursor(row_factory=class_row(Delivery)) as cursor:
        return cursor.execute(query, feed).fetchall()
