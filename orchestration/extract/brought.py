"""What is known of files that were brought here: which, from where, and whether the ledger has them; and watermarks."""

from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from psycopg import Connection

from orchestration.extract import read, reading
from orchestration.extract.contract import Contract
from orchestration.extract.place import RemoteFile
from orchestration.extract.reading import Watermark

_LOCK = 6_117_842_008


@dataclass(frozen=True)
class Fetched:
    """The last fetch of a file: as it was in its place, and whether its copy was cleared away after loading."""

    size: int
    stamp: str
    is_cleared: bool


def prepare(connection: Connection) -> None:
    """Make the tables; whoever prepares at the same moment waits."""
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        connection.execute(resources.files(__package__).joinpath("brought.sql").read_text())


def fetched(connection: Connection, location: str) -> dict[str, Fetched]:
    """Return what was fetched from `location`, the last of each file name."""
    rows = connection.execute(
        """
        select distinct on (file_name) file_name, file_size, file_stamp, cleared_at is not null
        from raw.fetch where location = %s order by file_name, fetch_id desc
        """,
        [location],
    )
    return {name: Fetched(size, stamp, is_cleared) for name, size, stamp, is_cleared in rows}


def record(connection: Connection, location: str, file: RemoteFile, copy: Path) -> None:
    """Remember that `file` was fetched, and that it lies whole in `copy`."""
    connection.execute(
        "insert into raw.fetch (location, file_name, file_size, file_stamp, file_digest) values (%s, %s, %s, %s, %s)",
        [location, file.name, file.size, file.stamp, digest(copy)],
    )


def clear(connection: Connection, folder: Path) -> tuple[str, ...]:
    """Remove from `folder` the copies of files that were loaded or rejected; return their names.

    Held and refused ones stay, and so does whatever was not brought by us.
    """
    rows = connection.execute(
        """
        select file_name, file_digest from (
            select distinct on (file_name) * from raw.fetch order by file_name, fetch_id desc
        ) as latest
        where cleared_at is null and exists (
            select from raw.delivery
            where delivery.file_name = latest.file_name and delivery.file_digest = latest.file_digest
                and delivery.state in ('loaded', 'rejected')
        )
        order by file_name
        """
    ).fetchall()
    for name, kept_digest in rows:
        copy = folder / name
        # First the file: a cut between the two fetches it again, and the ledger will know it.
        if copy.exists() and digest(copy) == kept_digest:
            copy.unlink()
        connection.execute(
            "update raw.fetch set cleared_at = clock_timestamp() where file_name = %s and cleared_at is null", [name]
        )
    return tuple(name for name, _ in rows)


def is_known(connection: Connection, copy: Path) -> bool:
    """Tell whether the ledger has this very file, in any state: another of its name may then take its place."""
    row = connection.execute(
        "select exists (select from raw.delivery where file_name = %s and file_digest = %s)", [copy.name, digest(copy)]
    ).fetchone()
    return bool(row and row[0])


def watermark(connection: Connection, contract: Contract, query_digest: str) -> Watermark | None:
    """Return up to where this query was read; None where it never was, or was another query."""
    row = connection.execute(
        """
        select last_value, row_count, row_sum from raw.watermark
        where source_name = %s and table_name = %s and query_digest = %s
        """,
        [contract.source, contract.table, query_digest],
    ).fetchone()
    return Watermark(reading.value_from_text(row[0]), int(row[1]), int(row[2])) if row else None


def move_watermark(connection: Connection, contract: Contract, query_digest: str, to: Watermark) -> None:
    """Remember up to where this query was read."""
    connection.execute(
        """
        insert into raw.watermark (source_name, table_name, query_digest, last_value, row_count, row_sum)
        values (%s, %s, %s, %s, %s, %s)
        on conflict (source_name, table_name) do update set
            query_digest = excluded.query_digest, last_value = excluded.last_value,
            row_count = excluded.row_count, row_sum = excluded.row_sum, read_at = clock_timestamp()
        """,
        [contract.source, contract.table, query_digest, reading.value_to_text(to.value), to.row_count, to.row_sum],
    )


def digest(copy: Path) -> str:
    """Return the digest by which the ledger knows a file."""
    with copy.open("rb") as file:
        return read.digest(file)
