"""What there is to say about an installation: loaded, checked, refused, published, and where to look."""

import psycopg

from orchestration import demonstration
from orchestration.postgres import connection, server
from orchestration.publication import ledger
from orchestration.services import dagster, superset
from orchestration.settings import Settings

_DELIVERIES = """
select
    count(*), count(*) filter (where state = 'refused'),
    coalesce(sum(received_count), 0), coalesce(sum(loaded_count), 0),
    coalesce(sum(unchanged_count), 0), coalesce(sum(quarantined_count), 0)
from raw.delivery
"""
_CHECKS = """
with latest as (
    select run_id from quality.check_result order by check_result_id desc limit 1
)
select count(*), count(*) filter (where is_success), count(*) filter (where not is_success and severity = 'critical')
from quality.check_result
where run_id = (select run_id from latest)
"""


def of(settings: Settings) -> str:
    """Return the summary as text. Says what is missing where something does not run yet."""
    if settings.database_url is None and server.running_port(settings) is None:
        return "PostgreSQL is not running: start everything with `make up`, or the pipeline with `cpw run`."
    with connection.connect(settings, autocommit=True) as owner:
        lines = ["", *_pipeline(owner), "", *_addresses(settings)]
        if _exists(owner, "marts.person"):
            lines += _log_ins(settings, owner)
    return "\n".join(lines)


def _pipeline(owner: psycopg.Connection) -> list[str]:
    lines = []
    if not _exists(owner, "raw.delivery"):
        return ["Nothing was loaded yet."]
    files, refused, received, loaded, unchanged, quarantined = owner.execute(_DELIVERIES).fetchone()  # type: ignore[misc]
    lines.append(
        f"  loaded      {received:,} rows received in {files:,} deliveries = {loaded:,} loaded + "
        f"{unchanged:,} unchanged + {quarantined:,} in quarantine"
    )
    if _exists(owner, "quality.check_result"):
        checks, passed, critical = owner.execute(_CHECKS).fetchone()  # type: ignore[misc]
        lines.append(
            f"  checked     {checks:,} rules: {passed:,} passed, {checks - passed:,} not, "
            f"{critical:,} of these critical"
        )
    lines.append(f"  refused     {refused:,} files")
    published, not_published = ledger.latest(owner, "published"), ledger.latest(owner, "refused")
    if published:
        lines.append(
            f"  published   publication {published.publication_id}, {published.attempted_at:%d %B %Y %H:%M} UTC, "
            f"data to {published.data_to_on:%d %B %Y}"
        )
    if not_published and (not published or not_published.publication_id > published.publication_id):
        lines.append(f"  NOT PUBLISHED since: {not_published.reason}")
    return lines


def _addresses(settings: Settings) -> list[str]:
    return [
        f"  Superset    {superset.address(settings)}" + ("" if superset.answers(settings) else "  (not running)"),
        f"  Dagster     {dagster.address(settings)}" + ("" if dagster.answers(settings) else "  (not running)"),
        f"  Data Docs   {settings.data_docs / 'index.html'}",
    ]


def _log_ins(settings: Settings, owner: psycopg.Connection) -> list[str]:
    """Return a log-in for each level of the synthetic trust; real people have their own passwords."""
    shown = demonstration.log_ins(settings, owner)
    if not shown:
        return []
    return [
        "",
        f"  {'log in as':<12}{'user':<28}{'password':<36}who",
        *(
            f"  {person.leadership_level:<12}{person.user_name:<28}{password:<36}{person.person_name}"
            for person, password in shown
        ),
    ]


def _exists(owner: psycopg.Connection, relation: str) -> bool:
    row = owner.execute("select to_regclass(%s) is not null", [relation]).fetchone()
    return bool(row and row[0])
