"""A small contract with every kind of column, its files, and what the database holds after they were loaded."""

from pathlib import Path

from psycopg import Connection, sql

from orchestration.extract import load
from orchestration.extract.contract import Column, Contract
from orchestration.extract.ledger import Delivery

VISIT = Contract(
    source="ward",
    table="visit",
    description="One row per visit.",
    file_pattern="ward__visit__{extracted_at}.csv",
    delimiter=",",
    encoding="utf-8",
    delivery_kind="append",
    business_key=("visit_number", "visit_part"),
    columns=(
        Column("visit_number", "text", "", required=True),
        Column("visit_part", "integer", "", required=True),
        Column("visit_kind_code", "text", "", codes=("A", "B")),
        Column("visit_date", "date", ""),
        Column("seen_at", "timestamp", ""),
        Column("share", "numeric", ""),
        Column("note", "text", ""),
    ),
)
HEADER = "VISIT NUMBER,VISIT PART,VISIT KIND CODE,VISIT DATE,SEEN AT,SHARE,NOTE\n"
DAYS = ("20260901", "20260902", "20260903", "20260904", "20260905", "20260906")


def row(number: object, note: object = "", kind: str = "A", part: object = 1, date: str = "2026-09-01") -> str:
    """Return one line that fits the contract, unless told otherwise."""
    return f"{number},{part},{kind},{date},2026-09-01 10:00:00,0.5,{note}\n"


def write(folder: Path, day: str, body: str | bytes, header: str | bytes = HEADER) -> Path:
    """Write the file of one day."""
    parts = [part.encode() if isinstance(part, str) else part for part in (header, body)]
    path = folder / f"ward__visit__{day}.csv"
    path.write_bytes(b"".join(parts))
    return path


def deliver(owner: Connection, folder: Path, day: str, body: str | bytes, header: str | bytes = HEADER) -> Delivery:
    """Write the file of one day and load it."""
    return load.load_file(owner, VISIT, write(folder, day, body, header))


def counts(delivery: Delivery) -> tuple[int, int, int, int]:
    """Return (received, loaded, unchanged, quarantined)."""
    return (
        delivery.received_count,
        delivery.loaded_count,
        delivery.unchanged_count,
        delivery.quarantined_count,
    )


def quarantine(owner: Connection) -> list[tuple[int, str, str]]:
    """Return (line, raw text, reason) of every row in quarantine."""
    return owner.execute(
        "select row_number, raw_text, reason from raw.quarantine order by delivery_id, row_number"
    ).fetchall()


def versions(owner: Connection) -> list[tuple[str, str, str]]:
    """Return (visit, day, note) of every version, in the order of the versions."""
    return owner.execute(
        """
        select visit_number, to_char(_extracted_at at time zone 'Europe/London', 'YYYYMMDD'), note
        from raw.ward__visit
        order by visit_number, visit_part, _extracted_at, _delivery_id, _loaded_at, _row_number
        """
    ).fetchall()


def current(owner: Connection) -> dict[str, str]:
    """Return the note of the current version of each visit that is not gone, by the rule of staging."""
    return dict(
        owner.execute(
            """
            select visit_number, note
            from (
                select distinct on (visit_number, visit_part) visit_number, note, _is_deleted from raw.ward__visit
                order by
                    visit_number, visit_part, _extracted_at desc, _delivery_id desc, _loaded_at desc, _row_number desc
            ) as latest
            where not _is_deleted
            """
        ).fetchall()
    )


def empty(owner: Connection, *contracts: Contract) -> None:
    """Remove every version and every delivery, so that the next test begins anew without making tables again."""
    for contract in contracts:
        segments = owner.execute(
            "select inhrelid::regclass::text from pg_inherits where inhparent = to_regclass(%s)", [contract.raw_table]
        ).fetchall()
        for (segment,) in segments:
            is_first = segment.endswith("__0")
            owner.execute(sql.SQL("delete from {}" if is_first else "drop table {}").format(sql.SQL(segment)))
    for table in ("quarantine", "confirmation", "delivery"):
        owner.execute(sql.SQL("delete from raw.{}").format(sql.Identifier(table)))


def contents(owner: Connection, *contracts: Contract) -> dict[str, list[tuple]]:
    """Return all that a load leaves, but for moments and for the numbers of deliveries, which skip after a cut."""
    found = {}
    for contract in contracts or (VISIT,):
        columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in contract.columns)
        query = sql.SQL(
            """
            select
                file_name, file_digest, _row_number, _row_hash, _key_hash, version._extracted_at, _is_deleted,
                _segment > 0, {}
            from {} as version
            inner join raw.delivery on version._delivery_id = delivery.delivery_id
            order by file_name, delivery_id, _key_hash, _extracted_at, _row_number, _row_hash, _is_deleted
            """
        ).format(columns, sql.Identifier("raw", contract.name))
        found["raw" if contract is VISIT else contract.raw_table] = owner.execute(query).fetchall()
    ledger = """
        select source_name, table_name, file_name, file_digest, extracted_at, period_start, period_end, sender, state,
            reason, received_count, loaded_count, unchanged_count, quarantined_count, held_count, deleted_count
        from raw.delivery order by source_name, table_name, file_name, delivery_id
    """
    aside = """
        select file_name, row_number, key_hash, raw_text, quarantine.reason from raw.quarantine
        inner join raw.delivery using (delivery_id) order by file_name, delivery_id, row_number
    """
    confirmed = """
        select file_name, row_number, key_hash, row_hash, confirmation.extracted_at from raw.confirmation
        inner join raw.delivery using (delivery_id) order by file_name, delivery_id, row_number, row_hash
    """
    queries = {"ledger": ledger, "quarantine": aside, "confirmation": confirmed}
    return found | {name: owner.execute(query).fetchall() for name, query in queries.items()}
