"""One installation as a whole: everything up, everything down, and what there is to say about it."""

import fcntl
import shutil
import time
from concurrent.futures import ThreadPoolExecutor

import click

from orchestration import demonstration, foundation, refresh, summary, transform
from orchestration.errors import UsageError, WarehouseError
from orchestration.postgres import connection, server
from orchestration.publication import ledger, people, readers
from orchestration.services import dagster, processes, superset
from orchestration.settings import Settings
from orchestration.synthetic.write import write_trust


def up(settings: Settings, *, write_synthetic: bool) -> bool:
    """Start all, run the pipeline, deploy the dashboards, print the summary; return whether all is published.

    Raises `UsageError` while another process does the same for this installation.
    """
    settings.run.mkdir(parents=True, exist_ok=True)
    # The kernel lets go of the lock when this process is gone, however it ends.
    with (settings.run / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError("Another `cpw up` of this installation is under way: wait until it has ended.") from None
        return _up(settings, write_synthetic=write_synthetic)


def _up(settings: Settings, *, write_synthetic: bool) -> bool:
    began = time.monotonic()
    _check_ports(settings)
    if not (write_synthetic or settings.extracts_url or settings.extracts.is_dir()):
        raise UsageError(f"There is no folder {settings.extracts}: give one that holds extracts.")
    _say("PostgreSQL: starting")
    foundation.lay(settings)
    if write_synthetic:
        _write_synthetic(settings)
    # Superset takes as long to start as the pipeline takes to run, so it starts meanwhile.
    with ThreadPoolExecutor(max_workers=1) as background:
        server_ready = background.submit(_start_superset, settings)
        _say(f"Pipeline: {settings.extracts_url or settings.extracts}")
        outcome = refresh.refresh(settings)
        _say("Superset: starting")
        server_ready.result()
    # Pages are made for the marts that were built with them: while those are refused, the former pages stay too.
    if outcome.is_published:
        _say("Dashboards: deploying")
        _say(deploy(settings))
    _say("Dagster: starting")
    dagster.start(settings)
    dagster.wait(settings)
    click.echo(summary.of(settings))
    _say(f"All this took {time.monotonic() - began:.0f} s.")
    return outcome.is_published


def down(settings: Settings) -> list[str]:
    """Stop all that `up` started; return the names of what was running."""
    stopped = [
        name
        for name, stop in (("Dagster", dagster.stop), ("Superset", superset.stop), ("PostgreSQL", server.stop))
        if stop(settings)
    ]
    return stopped


def deploy(settings: Settings) -> str:
    """Deploy dashboards, roles and people to the running Superset; say what changed."""
    from dashboards.deploy import DeployError, deploy_dashboards  # noqa: PLC0415 - not every command needs it

    with connection.connect(settings) as owner:
        if ledger.latest(owner, "published") is None:
            raise WarehouseError("Nothing was published yet, so there is nothing to deploy for: run `cpw run` first.")
        persons = people.load(owner)
        passwords = {person.user_name: password for person, password in demonstration.log_ins(settings, owner)}
    superset.wait(settings, seconds=60)
    try:
        return str(
            deploy_dashboards(
                base_url=superset.address(settings),
                admin_user=superset.ADMINISTRATOR,
                admin_password=superset.administrator_password(settings),
                reader_url=connection.dsn(settings, "reader", "postgresql+psycopg2"),
                people=persons,
                manifest=transform.manifest(settings),
                passwords=passwords,
                rows_of_reader=readers.rows,
            )
        )
    except DeployError as error:
        raise WarehouseError(str(error)) from error


def _start_superset(settings: Settings) -> None:
    superset.start(settings)
    superset.wait(settings)


def _check_ports(settings: Settings) -> None:
    processes.check_port(settings, superset.NAME, settings.superset_port, "CPW_SUPERSET_PORT")
    processes.check_port(settings, dagster.WEB, settings.dagster_port, "CPW_DAGSTER_PORT")


def _write_synthetic(settings: Settings) -> None:
    """Write the synthetic trust unless it is there; a folder is there only once it is whole."""
    if settings.extracts.is_dir():
        return
    with connection.connect(settings) as owner:
        row = owner.execute("select exists (select 1 from raw.delivery)").fetchone()
    if row and row[0]:
        raise UsageError(
            "This installation holds extracts of its own, and a synthetic trust does not belong among them: name "
            "their folder, `make up EXTRACTS=folder`."
        )
    draft = settings.extracts.with_name(f"{settings.extracts.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    _say("Synthetic trust: writing extracts")
    write_trust(draft, on_progress=_say)
    draft.rename(settings.extracts)


def _say(text: str) -> None:
    click.echo(text, err=True)
