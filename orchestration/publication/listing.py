"""The publications as text for people: a line for each attempt, and one of them whole."""

from dataclasses import dataclass
from datetime import date, datetime

import psycopg
from psycopg.rows import class_row

from orchestration.extract.data_types import ZONE
from orchestration.postgres import connection
from orchestration.publication import month_end, parts
from orchestration.publication.ledger import Publication
from orchestration.settings import Settings

_QUERY = """
with latest as (
    select * from quality.publication order by publication_id desc limit %s
),

feed as (
    select publication_id, count(*) as feed_count, count(*) filter (where held_count > 0) as held_feed_count
    from quality.publication_feed
    group by publication_id
),

checked as (
    select
        publication_id, cast(sum(asked_count) as bigint) as asked_count,
        cast(sum(failed_warning_count) as bigint) as failed_warning_count
    from quality.publication_check
    group by publication_id
)
select
    publication_id, attempted_at, state, reason, data_to_on, content_hash, month_end_on, feed_count, held_feed_count,
    asked_count, failed_warning_count
from latest
left join feed using (publication_id)
left join checked using (publication_id)
order by publication_id
"""
_HEAD = ("id", "when", "state", "data to", "feeds", "checks", "hash")
_NONE = "\N{EN DASH}"


@dataclass(frozen=True)
class Line:
    """One attempt; of one that was refused, what a publication holds is None."""

    publication_id: int
    attempted_at: datetime
    state: str
    reason: str | None
    data_to_on: date | None
    content_hash: str | None
    month_end_on: date | None
    feed_count: int | None
    held_feed_count: int | None
    asked_count: int | None
    failed_warning_count: int | None

    @property
    def cells(self) -> tuple[str, ...]:
        """The line in the order of the columns."""
        return (
            str(self.publication_id),
            _time(self.attempted_at),
            self.state,
            str(self.data_to_on or _NONE),
            _counts(self.feed_count, self.held_feed_count, "held"),
            _counts(self.asked_count, self.failed_warning_count, "failed"),
            (self.content_hash or _NONE)[:12],
        )

    @property
    def notes(self) -> list[str]:
        """What is to be said beneath the line."""
        return [*_month_end(self.month_end_on), *([self.reason] if self.reason else [])]


def has_ledger(owner: psycopg.Connection) -> bool:
    """Tell whether there is a ledger of publications at all."""
    row = owner.execute("select to_regclass('quality.publication_table') is not null").fetchone()
    return bool(row and row[0])


def read(settings: Settings, latest: int) -> list[Line]:
    """Return the newest attempts, oldest first."""
    with (
        connection.connect(settings, autocommit=True) as owner,
        owner.cursor(row_factory=class_row(Line)) as cursor,
    ):
        return cursor.execute(_QUERY, [latest]).fetchall() if has_ledger(owner) else []


def draw(lines: list[Line]) -> str:
    """Return the list as text: a line for each attempt, its notes beneath it."""
    if not lines:
        return "Nothing was published yet."
    texts = _table([_HEAD, *(line.cells for line in lines)])
    said = [texts[0]]
    for line, text in zip(lines, texts[1:], strict=True):
        said += [text, *(f"    {note}" for note in line.notes)]
    return "\n".join(said)


def draw_whole(settings: Settings, publication: Publication) -> str:
    """Return one attempt with all that is kept of it."""
    with connection.connect(settings, autocommit=True) as owner:
        found = parts.read(owner, publication.publication_id)
    facts = [
        ("state", publication.state),
        ("reason", publication.reason),
        ("data to", str(publication.data_to_on) if publication.data_to_on else None),
        ("month end", "".join(_month_end(publication.month_end_on))),
        ("made from what was loaded before", publication.known_before and _time(publication.known_before)),
        ("code", publication.code_digest),
        ("commit", publication.code_commit),
        ("content hash", publication.content_hash),
        ("run", publication.run_id),
    ]
    said = [f"Publication {publication.publication_id}, {_time(publication.attempted_at)}"]
    said += [f"  {name}: {value}" for name, value in facts if value]
    feeds = [(of.name, str(of.delivery_id or _NONE), _time(of.extracted_at), str(of.held_count)) for of in found.feeds]
    checks = [(of.gate, str(of.asked_count), str(of.failed_warning_count)) for of in found.checks]
    tables = [(of.table_name, f"{of.row_count:,}", (of.content_hash or _NONE)[:12]) for of in found.contents]
    measures = [(of.measure_id, str(of.definition_version)) for of in found.definitions]
    for head, rows in (
        (("feed", "delivery", "extracted", "held"), feeds),
        (("gate", "asked", "warnings failed"), checks),
        (("table", "rows", "hash"), tables),
        (("measure", "version"), measures),
    ):
        said += ["", *(f"  {line}" for line in _table([head, *rows]))] if rows else []
    return "\n".join(said)


def _month_end(month_end_on: date | None) -> list[str]:
    if month_end_on is None:
        return []
    return [f"of the month to {month_end_on}: kept as {month_end.place(month_end_on)} once another is served"]


def _counts(count: int | None, other: int | None, word: str) -> str:
    return _NONE if count is None else f"{count:,}" + (f", {other:,} {word}" if other else "")


def _time(moment: datetime | None) -> str:
    return f"{moment.astimezone(ZONE):%Y-%m-%d %H:%M}" if moment else _NONE


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    """Return rows as lines with columns beneath each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
