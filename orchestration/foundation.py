"""What every pass and reader expect to be there: roles, ledgers, raw tables, pseudonyms, access, auditor's views."""

from expectations import failing, results, rule_measure
from orchestration.access import ledger as access
from orchestration.extract import contracts, load
from orchestration.identity import pseudonym
from orchestration.notice import ledger as notice
from orchestration.postgres import connection, roles
from orchestration.publication import ledger
from orchestration.reconciliation import ledger as reconciliation
from orchestration.review import ledger as review
from orchestration.settings import Settings

_LOCK = 6_117_842_005


def lay(settings: Settings) -> None:
    """Make all of it, or see that it is there. Idempotent; two processes that lay it at once take turns."""
    roles.prepare(settings)
    with connection.connect(settings, autocommit=True) as owner, owner.transaction():
        owner.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        load.prepare(owner, contracts.load())
        pseudonym.prepare(owner)
        results.prepare(owner)
        failing.prepare(owner)
        rule_measure.prepare(owner)
        ledger.prepare(owner)
        reconciliation.prepare(owner)
        access.prepare(owner)
        review.prepare(owner)
        notice.prepare(owner)
