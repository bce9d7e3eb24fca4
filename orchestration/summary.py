"""What there is to say about an installation: loaded, checked, refused, published, and where to look."""

import psycopg

from orchestration import delivery_table, demonstration
from orchestration.postgres import connection, server
from orchestration.publication import ledger
from orchestration.services import dagster, superset
from orchestration.settings import Settings

_DELIVERIES = """
select
    count(*), count(*) filter (where state = 'rejected'),
    coalesce(sum(received_count), 0), coalesce(sum(loaded_count), 0), coalesce(sum(unchanged_count), 0),
    coalesce(sum(quarantined_count), 0), coalesce(sum(held_count), 0)
from raw.delivery
"""
_SHOWN = 5
_CHECKS = """
with latest as (
    select run_id from quality.check_result order by check_result_id desc limit 1
)
select count(*), count(*) filter (where is_success), count(*) filter (where not is_success and severity = 'critical')
from quality.run_check_result
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


def has_deliveries(owner: psycopg.Connection) -> bool:
    """Tell whether there is a ledger of deliveries at all."""
    return _exists(owner, "raw.delivery")


def _pipeline(owner: psycopg.Connection) -> list[str]:
    lines = []
    if not has_deliveries(owner):
        return ["Nothing was loaded yet."]
    files, rejected, received, loaded, unchanged, quarantined, held = owner.execute(_DELIVERIES).fetchone()  # type: ignore[misc]
    lines.append(
        f"  loaded      {received:,} rows received in {files:,} deliveries = {loaded:,} loaded + "
        f"{unchanged:,} unchanged + {quarantined:,} in quarantine" + (f" + {held:,} held or rejected" if held else "")
    )
    if _exists(owner, "quality.check_result"):
        checks, passed, critical = owner.execute(_CHECKS).fetchone()  # type: ignore[misc]
        lines.append(
            f"  checked     {checks:,} rules: {passed:,} passed, {checks - passed:,} not, "
            f"{critical:,} of these critical"
        )
    for state in ("refused", "held"):
        lines += _not_loaded(state, delivery_table.read(owner, states=(state,)))
    if rejected:
        lines.append(f"  rejected    {_files(rejected)}")
    published, not_published = ledger.latest(owner, "published"), ledger.latest(owner, "refused")
    if published:
        lines.append(
            f"  published   publication {published.publication_id}, {published.attempted_at:%d %B %Y %H:%M} UTC, "
            f"data to {published.data_to_on:%d %B %Y}"
        )
    if not_published and (not published or not_published.publication_id > published.publication_id):
        lines.append(f"  NOT PUBLISHED since: {not_published.reason}")
    return lines


def _not_loaded(state: str, lines: list[delivery_table.Line]) -> list[str]:
    """Return how many files are in this state, and why the newest of them are."""
    said = [f"  {state:<12}{_files(len(lines))}" + (": `cpw deliveries --held`" if lines and state == "held" else "")]
    said += [f"              {line.delivery_id}: {line.reason}" for line in lines[-_SHOWN:]]
    return said


def _files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"


def _addresses(settings: Settings) -> list[str]:
    return [
        f"  Superset    {superset.public_address(settings)}"
        + ("" if superset.answers(settings) else "  (not running)"),
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
