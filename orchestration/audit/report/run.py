"""What a run checked and what became of it, as the database keeps it: read once, for all pages."""

from dataclasses import dataclass, field
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from expectations import failing
from orchestration.audit import verify
from orchestration.audit.verify import AuditError
from orchestration.errors import UsageError
from orchestration.publication import ledger
from orchestration.publication.ledger import Publication

# As many runs of a gate as a trend shows.
TREND_RUNS = 12
_CHECKS = """
select
    check_result_id, gate, rule_id, table_name, column_name, dimension, severity, owner, is_success, is_error,
    -- What older versions kept of a question that the database could not answer may quote a value of a row.
    case when is_error then 'The question could not be asked.' else observed end as observed,
    failed_count, checked_count, description, what_to_do, checked_at, attempt
from quality.run_check_result
where run_id = %(run)s
order by is_success, severity, gate desc, check_result_id
"""
_TREND = """
with gate_run as (
    select gate, run_id, max(check_result_id) as last_id
    from quality.run_check_result
    group by gate, run_id
    having max(check_result_id) <= (select max(check_result_id) from quality.run_check_result where run_id = %(run)s)
),

recent as (
    select gate, run_id, last_id, row_number() over (partition by gate order by last_id desc) as recency from gate_run
)

select result.rule_id, array_agg(coalesce(result.failed_count, (not result.is_success)::int) order by recent.last_id)
from quality.run_check_result as result
inner join recent on result.gate = recent.gate and result.run_id = recent.run_id and recent.recency <= %(runs)s
group by result.rule_id
"""
_DELIVERIES = """
select
    delivery_id, source_name || '__' || table_name as feed, file_name, received_at, state, received_count, loaded_count,
    unchanged_count, quarantined_count, held_count, decided_by, decided_at, decision_reason
from quality.delivery_ledger
where received_at <= %(until)s
order by delivery_id desc
"""
_QUARANTINE = """
select found.source_name || '__' || found.table_name as feed, found.reason, sum(found.row_count)::bigint as row_count
from quality.quarantine_reason as found
inner join quality.delivery_ledger as delivery on found.delivery_id = delivery.delivery_id
where delivery.received_at <= %(until)s
group by feed, found.reason
order by feed, row_count desc, found.reason
"""


@dataclass(frozen=True)
class Check:
    """An answer of the run. `trend`: rows (or 1) that failed in each of the last runs, the oldest first."""

    check_result_id: int
    gate: str
    rule_id: str
    table_name: str
    column_name: str | None
    dimension: str
    severity: str
    owner: str
    is_success: bool
    is_error: bool
    observed: str | None
    failed_count: int | None
    checked_count: int | None
    description: str
    what_to_do: str
    checked_at: datetime
    attempt: int


@dataclass(frozen=True)
class Delivery:
    """A file that had come when the run ended, and who decided about it, if anybody did."""

    delivery_id: int
    feed: str
    file_name: str
    received_at: datetime
    state: str
    received_count: int
    loaded_count: int
    unchanged_count: int
    quarantined_count: int
    held_count: int
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None


@dataclass(frozen=True)
class Quarantine:
    """Rows of a feed in quarantine for one reason, in which no value of a row is."""

    feed: str
    reason: str
    row_count: int


@dataclass(frozen=True)
class Run:
    """A run with all that its report tells. `trends` and `keys` are by rule, `heads` by table."""

    run_id: str
    publication: Publication | None
    checks: tuple[Check, ...]
    deliveries: tuple[Delivery, ...]
    quarantine: tuple[Quarantine, ...]
    heads: dict[str, str]
    trends: dict[str, list[int]] = field(default_factory=dict)
    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of its folder: its publication, or the run where it never came to one."""
        return f"publication-{self.publication.publication_id}" if self.publication else self.run_id

    @property
    def title(self) -> str:
        """What the run came to, in words."""
        if self.publication is None:
            return f"Run {self.run_id[:8]}: broken off before it could publish"
        number = self.publication.publication_id
        return f"Publication {number}" if self.publication.state == "published" else f"Attempt {number}: not published"

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that failed or could not be asked, the gravest first."""
        return tuple(
            sorted((c for c in self.checks if not c.is_success), key=lambda c: (not c.is_error, c.severity, c.gate))
        )


def read(owner: psycopg.Connection, name: str | None = None) -> Run:
    """Return a run by its id or by the number of its publication; the newest one without a name.

    Raises `AuditError` where no run was checked yet, `UsageError` where there is no such run.
    """
    if not owner.execute("select to_regclass('quality.run_check_result') is not null").fetchone()[0]:  # type: ignore[index]
        raise AuditError("No results are kept yet: run `cpw run --extracts DIR` first.")
    wanted = name or _newest(owner)
    publication = ledger.of_run(owner, wanted)
    if publication is None and wanted.isdecimal():
        publication = ledger.find(owner, int(wanted))
    run_id = publication.run_id if publication else wanted
    with owner.cursor(row_factory=class_row(Check)) as cursor:
        checks = tuple(cursor.execute(_CHECKS, {"run": run_id}).fetchall())
    if publication is None and not checks:
        raise UsageError(f"There is no run or publication {wanted!r}: give the number of a publication, or a run's id.")
    until = max([c.checked_at for c in checks] + ([publication.attempted_at] if publication else []))
    with owner.cursor(row_factory=class_row(Delivery)) as cursor:
        deliveries = tuple(cursor.execute(_DELIVERIES, {"until": until}).fetchall())
    with owner.cursor(row_factory=class_row(Quarantine)) as cursor:
        quarantine = tuple(cursor.execute(_QUARANTINE, {"until": until}).fetchall())
    trends = owner.execute(_TREND, {"run": run_id, "runs": TREND_RUNS}).fetchall()
    return Run(
        run_id=run_id,
        publication=publication,
        checks=checks,
        deliveries=deliveries,
        quarantine=quarantine,
        heads=verify.heads(owner, run_id),
        trends=dict(trends),
        keys=failing.samples(owner, run_id),
    )


def _newest(owner: psycopg.Connection) -> str:
    row = owner.execute("select run_id from quality.check_result order by chain_number desc limit 1").fetchone()
    if row is None:
        raise AuditError("No results are kept yet: run `cpw run --extracts DIR` first.")
    return str(row[0])
