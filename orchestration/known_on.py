"""What would have been published on a day: every layer built from the versions known then, beside the real ones."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import yaml
from psycopg import sql

from orchestration import foundation, transform
from orchestration.errors import UsageError, WarehouseError
from orchestration.extract import contracts
from orchestration.identity import pseudonym
from orchestration.postgres import connection
from orchestration.postgres.hold import hold
from orchestration.publication import content, ledger, served
from orchestration.publication.content import Contents
from orchestration.settings import Settings
from orchestration.transform import DBT_PROJECT

SCHEMAS = ("known_on_staging", "known_on_identity", "known_on_intermediate", "known_on_measures", "known_on_marts")
MARTS = SCHEMAS[-1]
# Pages, and all else that tells of the ledgers, would tell of them as they are now.
TELLING = ("path:models/marts/report", "source:quality+")
# A view for pages, too, on tables that are here.
SHOWN = "performance_shown"


class KnownOnError(WarehouseError):
    """What was known on a day could not be built."""


@dataclass(frozen=True)
class Built:
    """What was built again: what is where in words, before which moment it was known, and what the marts hold."""

    sentence: str
    before: datetime
    contents: tuple[Contents, ...]


def build(settings: Settings, known_on: str) -> Built:
    """Build all layers as known on a date, or before a moment with its distance from UTC; say what is where.

    The layers go to `SCHEMAS`, which only the owner reads; what an earlier call built there goes. Nothing is published
    and no gate is asked. Raises `UsageError` for a text that is neither or a time before the first delivery,
    `KnownOnError` when dbt fails.
    """
    before = moment(known_on)
    foundation.lay(settings)
    with hold(settings), connection.connect(settings, autocommit=True) as owner:
        delivery_count = _known_deliveries(owner, before, known_on)
        for schema in SCHEMAS:
            owner.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(schema)))
        pseudonym.keep(owner, settings.secrets, contracts.load())
        try:
            transform.run_apart(settings, "known_on", ["--exclude", *TELLING, SHOWN], {"as_known_on": known_on})
            _compute_statistics(settings, owner, before)
        except transform.TransformError as error:
            raise KnownOnError(f"As known on {known_on}, {error}") from None
        for schema in SCHEMAS:
            comment = sql.Literal(f"As known before {before:%Y-%m-%d %H:%M:%S%z}.")
            owner.execute(sql.SQL("comment on schema {} is {}").format(sql.Identifier(schema), comment))
        models = [model for model in served.load(transform.manifest(settings)) if model.is_content]
        contents = content.read(owner, MARTS, models)
    return Built(
        f"Built as known on {known_on}, from {delivery_count:,} deliveries loaded by then, in the schemas "
        f"{', '.join(SCHEMAS)}; nothing was published, and the gates were not asked.",
        before,
        contents,
    )


def _compute_statistics(settings: Settings, owner: psycopg.Connection, before: datetime) -> None:
    """Give the figures of that day the statistics that they had."""
    # Imported here: pandas and SciPy take seconds, and most commands do without.
    from orchestration.comparison import declaration, every  # noqa: PLC0415

    place = declaration.Place(MARTS, "known_on_intermediate", before, ledger.run_that_knew(owner, before))
    every.write(owner, place, declaration.declared(transform.manifest(settings)), lambda said: None)


def moment(known_on: str) -> datetime:
    """Return the moment before which a version must have been loaded: the end of a local day, or the one written.

    Raises `UsageError` for a text that is neither a date nor a moment with its distance from UTC.
    """
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", known_on):
            next_day = date.fromisoformat(known_on) + timedelta(days=1)
            return datetime.combine(next_day, time(), ZoneInfo(_local_time_zone()))
        written = datetime.fromisoformat(known_on)
        if written.tzinfo is None:
            raise ValueError
    except (ValueError, OverflowError):
        raise UsageError(
            f"{known_on!r} is no date: give one such as 2026-10-03, or a moment with its distance from UTC, such as "
            "2026-10-03T12:00:00+01:00."
        ) from None
    return written


def _local_time_zone(project: Path = DBT_PROJECT) -> str:
    return str(yaml.safe_load((project / "dbt_project.yml").read_text())["vars"]["local_time_zone"])


def _known_deliveries(owner: psycopg.Connection, before: datetime, known_on: str) -> int:
    """Return how many deliveries had been loaded before a moment."""
    count, first = owner.execute(
        """
        select
            count(*) filter (where loaded_at < %s),
            min(loaded_at)
        from raw.delivery where state = 'loaded'
        """,
        [before],
    ).fetchone()  # type: ignore[misc]
    if not count:
        since = f"the first delivery was loaded on {first:%d %B %Y at %H:%M} UTC" if first else "nothing was loaded yet"
        raise UsageError(f"Nothing was known on {known_on}: {since}.")
    return int(count)
