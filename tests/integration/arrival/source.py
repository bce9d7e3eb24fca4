"""A hospital's own database: stays, which change, and the contract by which we read them."""

import dataclasses
from datetime import datetime
from urllib.parse import quote, urlsplit

import psycopg

from orchestration.extract.contract import Column, Contract, Query

PASSWORD = "it's a/secret:word"
CREATE = """
    drop table if exists stay;
    create table stay (
        site char(3) not null, number bigint not null, changed_at timestamp, note text, primary key (site, number)
    );
    grant select on stay to cpw_reads;
"""
STAY = Contract(
    source="pas",
    table="stay",
    description="One row per stay.",
    file_pattern="stay_{extracted_at}.csv",
    delimiter="|",
    encoding="utf-8",
    delivery_kind="append",
    business_key=("site", "number"),
    columns=(
        Column("site", "text", "", required=True),
        Column("number", "bigint", "", required=True),
        Column("changed_at", "timestamp", ""),
        Column("note", "text", ""),
    ),
    query=Query("pas", "select * from stay -- all of it", ("site", "number"), page_rows=7),
)
CHANGED = dataclasses.replace(STAY, query=dataclasses.replace(STAY.query, watermark="changed_at"))
MIDNIGHT = datetime(2026, 9, 1)


class Source:
    """The database as its operator has it, and the address by which we read."""

    def __init__(self, administrator: psycopg.Connection, dsn: str) -> None:
        self.administrator = administrator
        parts = urlsplit(dsn)
        self.url = f"postgresql+psycopg://cpw_reads:{quote(PASSWORD, safe='')}@{parts.hostname}:{parts.port}/hospital"

    def put(self, *rows: tuple) -> None:
        """Write stays (site, number, changed at, note); one that is there is changed."""
        self.administrator.cursor().executemany(
            "insert into stay values (%s, %s, %s, %s) on conflict (site, number)"
            " do update set changed_at = excluded.changed_at, note = excluded.note",
            rows,
        )

    def rows(self) -> list[tuple]:
        """Return all stays as they are now, as a CSV file would hold them."""
        return self.administrator.execute(
            "select rpad(site::text, 3), number::text, coalesce(to_char(changed_at, 'YYYY-MM-DD HH24:MI:SS'), ''),"
            " coalesce(note, '') from stay order by site, number"
        ).fetchall()
