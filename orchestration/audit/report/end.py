"""The report of a run, wherever it is asked for: at the end of the run, or by an auditor."""

from pathlib import Path

from orchestration import transform
from orchestration.audit import noted
from orchestration.audit.report import lineage, pages, run
from orchestration.postgres import connection
from orchestration.settings import Settings


def write(settings: Settings, name: str | None = None, out: Path | None = None) -> Path:
    """Write the report of a run (its id or its publication; the newest without), note its heads; return its index.

    It goes to a folder of its own below `settings.audit`, beside a list of all, or to `out`. Raises `AuditError` or
    `UsageError` with a sentence where there is no such run or no place to write.
    """
    with connection.connect(settings) as owner:
        found = run.read(owner, name)
    graph = lineage.load(transform.manifest(settings))
    index = pages.write(found, graph, out or settings.audit / found.name, settings.data_docs)
    if out is None:
        noted.add(settings.audit, found.run_id, found.heads)
        pages.write_list(settings.audit)
    return index
