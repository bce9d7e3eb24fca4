"""The parts of a publication, kept for ever: its cut of each feed, its definitions, its checks and its tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from orchestration.publication.content import Contents
from orchestration.publication.origin import Origin

_FEEDS = """
with newest as (
    select distinct on (source_name, table_name) source_name, table_name, delivery_id, extracted_at
    from raw.delivery
    where state = 'loaded' and loaded_at < %(known_before)s
    order by source_name, table_name, extracted_at desc, delivery_id desc
)
insert into quality.publication_feed
    (publication_id, source_name, table_name, delivery_id, extracted_at, held_count)
select
    %(publication_id)s, source_name, table_name, newest.delivery_id, newest.extracted_at,
    coalesce(held.delivery_count, 0)
from newest
full join quality.held_feed_at(%(known_before)s) as held using (source_name, table_name)
"""
_MEASURES = """
insert into quality.publication_measure (publication_id, measure_id, definition_version)
select {publication_id}, measure_id, definition_version
from {schema}.dim_measure
"""
_CHECKS = """
insert into quality.publication_check (publication_id, gate, asked_count, failed_warning_count)
select %(publication_id)s, gate, count(*), count(*) filter (where not is_success and severity = 'warning')
from quality.run_check_result
where run_id = (select run_id from quality.publication where publication_id = %(publication_id)s)
group by gate
"""
_TABLES = """
insert into quality.publication_table (publication_id, table_name, row_count, content_hash)
select %s, table_name, row_count, content_hash
from unnest(%s::text[], %s::bigint[], %s::text[]) as contents (table_name, row_count, content_hash)
"""


@dataclass(frozen=True)
class Feed:
    """The cut of one feed: its newest extract that was loaded (None: none), and how many deliveries were held."""

    name: str
    delivery_id: int | None
    extracted_at: datetime | None
    held_count: int


@dataclass(frozen=True)
class Definition:
    """One measure, and the version of its definition."""

    measure_id: str
    definition_version: int


@dataclass(frozen=True)
class Checks:
    """One gate: how many rules were asked, and how many warnings failed."""

    gate: str
    asked_count: int
    failed_warning_count: int


@dataclass(frozen=True)
class Parts:
    """All that is kept of one publication."""

    feeds: list[Feed]
    definitions: list[Definition]
    checks: list[Checks]
    contents: list[Contents]


def record(
    connection: psycopg.Connection, schema: str, publication_id: int, origin: Origin, contents: Sequence[Contents]
) -> None:
    """Keep the parts of the publication whose marts are in `schema`, in the transaction that publishes it."""
    values = {"publication_id": publication_id, "known_before": origin.known_before}
    connection.execute(_FEEDS, values)
    connection.execute(
        sql.SQL(_MEASURES).format(schema=sql.Identifier(schema), publication_id=sql.Literal(publication_id))
    )
    connection.execute(_CHECKS, values)
    columns = zip(*((of.table_name, of.row_count, of.content_hash) for of in contents), strict=True)
    connection.execute(_TABLES, [publication_id, *map(list, columns)])


def read(connection: psycopg.Connection, publication_id: int) -> Parts:
    """Return the parts of a publication; of an attempt that was refused, none."""

    def rows(kind: type, query: str) -> list:
        with connection.cursor(row_factory=class_row(kind)) as cursor:
            return cursor.execute(query, [publication_id]).fetchall()

    return Parts(
        rows(
            Feed,
            "select source_name || '__' || table_name as name, delivery_id, extracted_at, held_count"
            " from quality.publication_feed where publication_id = %s order by 1",
        ),
        rows(
            Definition,
            "select measure_id, definition_version from quality.publication_measure"
            " where publication_id = %s order by 1",
        ),
        rows(
            Checks,
            "select gate, asked_count, failed_warning_count from quality.publication_check"
            " where publication_id = %s order by array_position(array['raw', 'entities', 'marts'], gate)",
        ),
        rows(
            Contents,
            "select table_name, row_count, content_hash from quality.publication_table"
            " where publication_id = %s order by 1",
        ),
    )
