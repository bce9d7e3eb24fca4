"""Identifiers in raw tables, as a load leaves them, and what is kept of them."""

import psycopg

LINEAGE = "_key_hash, _row_hash, _row_number, _delivery_id, _extracted_at, _loaded_at, _segment, _is_deleted"


def put(owner: psycopg.Connection, table: str, column: str, first: int, last: int, prefix: str = "N") -> None:
    """Put the identifiers numbered `first` to `last` into a raw table."""
    owner.execute(
        f"insert into raw.{table} ({LINEAGE}, {column})"
        " select number, 1, number, 1, now(), now(), 0, false, %s::text || number"
        " from generate_series(%s::int, %s::int) as number",
        [prefix, first, last],
    )


def kept(owner: psycopg.Connection) -> dict[tuple[str, str], str]:
    """Return the pseudonym of each purpose and identifier."""
    rows = owner.execute("select purpose, identifier, pseudonym from identity.pseudonym").fetchall()
    return {(purpose, identifier): pseudonym for purpose, identifier, pseudonym in rows}
