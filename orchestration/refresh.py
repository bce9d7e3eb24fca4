"""One full pass without Superset: load, check, transform, check, publish; or nothing, when nothing is new."""

import contextlib
from dataclasses import dataclass

import psycopg

from orchestration import foundation
from orchestration import settings as settings_module
from orchestration.errors import UsageError, WarehouseError
from orchestration.extract import contracts, folder, read
from orchestration.extract import ledger as delivery_ledger
from orchestration.postgres import connection
from orchestration.publication import fingerprint, ledger
from orchestration.publication.ledger import Publication
from orchestration.services import dagster as dagster_service
from orchestration.settings import Settings


class RefreshError(WarehouseError):
    """The pass broke off; the reason is a sentence for the user."""


@dataclass(frozen=True)
class Outcome:
    """How a pass ended: the publication that stands now, and the attempt that was refused, if one was."""

    published: Publication | None
    refused: Publication | None
    nothing_new: bool

    @property
    def is_published(self) -> bool:
        """Whether what the extracts hold is what readers see."""
        return self.refused is None and self.published is not None

    @property
    def sentence(self) -> str:
        """How the pass ended, in words."""
        stands = (
            f"publication {self.published.publication_id} of {self.published.attempted_at:%d %B %Y %H:%M} UTC"
            if self.published
            else ""
        )
        if self.refused:
            rest = f"{stands[0].upper()}{stands[1:]} stands." if stands else "Nothing was published before."
            return f"Not published: {self.refused.reason}. {rest}"
        if self.published is None:
            return "Not published."
        said = "Nothing new:" if self.nothing_new else "Published:"
        return f"{said} {stands}, data to {self.published.data_to_on:%d %B %Y}."


def refresh(settings: Settings) -> Outcome:
    """Bring the warehouse from the extracts of `settings` to a publication, saying on stderr what is done.

    Raises `UsageError` for a folder without extracts and `RefreshError` for a pass that broke off.
    """
    declared = contracts.load()
    # What another place or a database holds is known once it was asked, and the pass does that itself.
    is_all_here = settings.extracts_url is None and not any(contract.query for contract in declared)
    found = folder.match(settings.extracts, declared) if is_all_here else None
    if found and not found.arrivals:
        raise UsageError(
            f"No file in {settings.extracts} has the name of an extract, such as {declared[0].file_pattern}."
        )
    foundation.lay(settings)
    with connection.connect(settings, autocommit=True) as owner:
        if found and _nothing_new(owner, found):
            return Outcome(ledger.latest(owner, "published"), None, nothing_new=True)
    run_id, failure = _run_job(settings)
    with connection.connect(settings, autocommit=True) as owner:
        attempt = ledger.of_run(owner, run_id)
        if attempt is None:
            raise RefreshError(f"The run broke off before it could publish: {failure}")
        refused = attempt if attempt.state == "refused" else None
        return Outcome(ledger.latest(owner, "published"), refused, nothing_new=False)


def _nothing_new(owner: psycopg.Connection, found: folder.Match) -> bool:
    """Say whether every file is in the ledger and the publication was made from just that, by this code."""
    standing = ledger.latest(owner, "published")
    if standing is None or standing.fingerprint != fingerprint.of(owner):
        return False
    return all(_is_known(owner, arrival) for arrival in found.arrivals)


def _is_known(owner: psycopg.Connection, arrival: folder.Arrival) -> bool:
    try:
        with arrival.path.open("rb") as file:
            return delivery_ledger.known(owner, arrival, read.digest(file)) is not None
    except OSError:
        return False  # the loader will say why it cannot be read


def _run_job(settings: Settings) -> tuple[str, str]:
    """Run Dagster's job in this process; return its run id and what failed, if anything did."""
    dagster_service.prepare(settings)
    dagster_service.close_orphans(settings)
    # The same variables for parsing and for building: dbt parses all anew when a profile's variable changed.
    variables = connection.dbt_environment(settings)
    settings_module.export(settings_module.child_environment(settings, **variables))
    # Imported here: it takes seconds, and most commands do without.
    import dagster as dg  # noqa: PLC0415

    from orchestration.definitions import definitions  # noqa: PLC0415

    house = definitions()
    job = house.resolve_job_def("refresh")
    total = len(job.asset_layer.executable_asset_keys)
    settings.logs.mkdir(parents=True, exist_ok=True)
    # dbt's own lines, hundreds of them, go to a log; what is done is said by `progress`.
    with (
        dg.DagsterInstance.get() as instance,
        (settings.logs / "dbt.log").open("w") as dbt_log,
        contextlib.redirect_stdout(dbt_log),
    ):
        result = job.execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"progress": {"config": {"total": total}}}},
        )
    return result.run_id, _first_failure(result)


def _first_failure(result: "dg.ExecuteInProcessResult") -> str:  # noqa: F821 - imported late
    """Return the first error of the run: where, and its innermost message."""
    for event in result.all_events:
        error = getattr(event.event_specific_data, "error", None)
        if error is not None:
            while error.cause is not None:
                error = error.cause
            return f"{event.step_key or 'start'}: {error.message.strip()}"
    return "no step failed, yet nothing was published"
