"""`cpw`: thin commands over functions that live elsewhere; every error of ours becomes one line."""

import os
import pwd
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import psycopg

from orchestration import settings as settings_module
from orchestration.access.cli import access
from orchestration.audit.cli import audit
from orchestration.errors import WarehouseError
from orchestration.measure.cli import measure
from orchestration.notice.cli import notices
from orchestration.pack.cli import pack
from orchestration.postgres.connection import ROLES, Role
from orchestration.publication.cli import publications
from orchestration.settings import Settings
from orchestration.trace.cli import trace

if TYPE_CHECKING:
    from orchestration.extract.load import Progress

# Rooms are imported by the command that needs them: Dagster alone takes seconds.
# ruff: noqa: PLC0415

DAY = click.DateTime(["%Y-%m-%d"])


class Place(click.ParamType):
    """A folder that is there, or the address of another place: `sftp://user@host/folder`, `s3://bucket/folder`."""

    name = "place"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the address, or the path of the folder from the root."""
        return value if "://" in value else str(self._folder.convert(value, param, ctx).resolve())

    _folder = click.Path(path_type=Path, exists=True, file_okay=False, readable=True)


PLACE = Place()


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="clinician-performance-warehouse")
def cli() -> None:
    """Clinician Performance Warehouse: extracts in, dashboards out."""


@cli.command()
@click.option(
    "--extracts", type=PLACE, help="Folder of extracts, or sftp://user@host/folder. Default: a synthetic trust."
)
def up(extracts: str | None) -> None:
    """Start everything, run the pipeline, deploy the dashboards, and say where they are."""
    from orchestration import installation

    settings = _settings(extracts)
    if not installation.up(settings, write_synthetic=extracts is None and settings.has_own_extracts):
        sys.exit(1)


@cli.command()
def down() -> None:
    """Stop all that `up` started."""
    from orchestration import installation

    stopped = installation.down(_settings())
    click.echo(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")


@cli.command()
def status() -> None:
    """Say what runs, and what was loaded, checked, refused and published."""
    from orchestration import summary

    click.echo(summary.of(_settings()))


@cli.command()
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@click.option("--years", type=click.IntRange(1, 20), default=2, show_default=True)
@click.option("--clinicians", type=click.IntRange(16, 5000), default=120, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
def synthesise(out: Path, years: int, clinicians: int, seed: int) -> None:
    """Write the extracts of a synthetic trust to OUT, and the truth planted in them to OUT/truth."""
    from orchestration.synthetic.write import write_trust

    click.echo(str(write_trust(out, years=years, clinicians=clinicians, seed=seed, on_progress=_say)))


@cli.command()
@click.option("--extracts", type=PLACE, required=True, help="Folder of extracts, or sftp://user@host/folder.")
@click.option("--from", "first_day", type=DAY, help="Only files that were extracted on this day or later.")
@click.option("--to", "last_day", type=DAY, help="Only files that were extracted on this day or earlier.")
@click.option("--source", help="Only files of this source, such as pas.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Feeds loaded at once.")
def load(
    extracts: str, first_day: datetime | None, last_day: datetime | None, source: str | None, workers: int
) -> None:
    """Load extracts into raw tables; say what each delivery held, and what waits for somebody.

    Days are those on which the source extracted a file. What is loaded already is passed over.
    """
    from orchestration import delivery_table, foundation, intake
    from orchestration.extract import contracts
    from orchestration.postgres import connection
    from orchestration.postgres.hold import hold

    settings, declared = _settings(extracts), contracts.load()
    choice = intake.Choice(source, *(day.date() if day else None for day in (first_day, last_day)))
    choice.check(declared)
    foundation.lay(settings)
    with hold(settings):
        taken = intake.take(
            settings,
            declared,
            choice.takes,
            databases_of=choice.databases(declared),
            workers=workers,
            on_progress=_file_by_file(),
            on_news=_say,
        )
    new = taken.new
    for delivery in new:
        click.echo(delivery.sentence)
    if any(delivery.state == "refused" for delivery in new):
        click.echo(
            "A refused file is taken again once it, or its contract, has changed: docs/runbooks/refused-file.md."
        )
    click.echo(f"{len(new)} deliver{'y' if len(new) == 1 else 'ies'}." if new else "Nothing new.")
    with connection.connect(settings, autocommit=True) as owner:
        waiting = delivery_table.read(owner, states=("held",))
    if waiting:
        click.echo(f"{len(waiting)} held until somebody decides: `cpw deliveries --held`.")
    if taken.problems:
        raise WarehouseError(" ".join(taken.problems))


@cli.command()
@click.option("--held", is_flag=True, help="Only those that wait until somebody decides.")
@click.option("--latest", type=click.IntRange(1), default=50, show_default=True, help="How many at most.")
def deliveries(held: bool, latest: int) -> None:
    """List deliveries: what came, what became of its rows and, where it is not loaded, why."""
    from orchestration import delivery_table, summary
    from orchestration.postgres import connection

    with connection.connect(_settings(), autocommit=True) as owner:
        states = ("held",) if held else delivery_table.STATES
        lines = delivery_table.read(owner, states=states, latest=latest) if summary.has_deliveries(owner) else []
    click.echo(delivery_table.draw(lines) if lines else f"No delivery {'is held' if held else 'has come yet'}.")


@cli.command()
@click.argument("delivery", type=click.IntRange(1))
@click.option("--because", default="", help="Why, for the ledger.")
@click.option("--by", help="Who decides. Default: the user of the system.")
def release(delivery: int, because: str, by: str | None) -> None:
    """Load a held DELIVERY (its number) in spite of what it was held for."""
    from orchestration import foundation
    from orchestration.extract import contracts, decision
    from orchestration.postgres.hold import hold

    settings = _settings()
    foundation.lay(settings)
    with hold(settings):
        decided = decision.release(settings, delivery, contracts.load(), by=by or _system_user(), because=because)
    click.echo(decided.sentence)


@cli.command()
@click.argument("delivery", type=click.IntRange(1))
@click.option("--because", required=True, help="Why, for the ledger.")
@click.option("--by", help="Who decides. Default: the user of the system.")
def reject(delivery: int, because: str, by: str | None) -> None:
    """Leave a held DELIVERY (its number) out for good. The same file again is known, and not asked about."""
    from orchestration.extract import decision

    click.echo(decision.reject(_settings(), delivery, by=by or _system_user(), because=because).sentence)


@cli.command()
@click.option("--extracts", type=PLACE, help="Folder of extracts, or sftp://user@host/folder.")
@click.option("--as-known-on", metavar="DATE", help="Build what would have been published then; publish nothing.")
def run(extracts: str | None, as_known_on: str | None) -> None:
    """Make one full pass without Superset. The exit code is 0 only if it ends in a publication, old or new."""
    from orchestration import known_on
    from orchestration.postgres import connection
    from orchestration.publication import rebuild
    from orchestration.refresh import refresh

    if as_known_on and extracts:
        raise click.UsageError("'--as-known-on' reads what is loaded already: leave '--extracts' out.")
    if not (as_known_on or extracts):
        raise click.UsageError("Missing option '--extracts', or '--as-known-on'.")
    if as_known_on:
        settings = _settings()
        built = known_on.build(settings, as_known_on)
        with connection.connect(settings, autocommit=True) as owner:
            compared = rebuild.compare_standing(owner, built.before, built.contents)
        click.echo(f"{built.sentence}\n{compared}")
        return
    outcome = refresh(_settings(extracts))
    if not outcome.is_published:
        raise WarehouseError(outcome.sentence)
    click.echo(outcome.sentence)


@cli.command()
def deploy() -> None:
    """Deploy the dashboards to the running Superset."""
    from orchestration import installation

    click.echo(installation.deploy(_settings()))


@cli.command()
@click.option("--role", type=click.Choice(ROLES), default="analyst", show_default=True, help="Whose rights.")
def dsn(role: Role) -> None:
    """Print the database address for a role. It holds a password: do not paste it into a log."""
    from orchestration.postgres import connection

    click.echo(connection.dsn(_settings(), role))


@cli.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def dbt(arguments: tuple[str, ...]) -> None:
    """Run dbt on this warehouse: `cpw dbt build --select dna_rate`. Nothing is published by it."""
    from orchestration.extract import contracts
    from orchestration.identity import pseudonym
    from orchestration.postgres import connection
    from orchestration.postgres.hold import hold
    from orchestration.transform import DBT, DBT_PROJECT

    settings = _settings()
    environment = settings_module.child_environment(settings, **connection.dbt_environment(settings))
    environment |= {"DBT_PROJECT_DIR": str(DBT_PROJECT), "DBT_PROFILES_DIR": str(DBT_PROJECT)}
    with hold(settings):
        if {"build", "run"}.intersection(arguments):
            with connection.connect(settings, autocommit=True) as owner:
                pseudonym.keep(owner, settings.secrets, contracts.load())
        code = subprocess.run([str(DBT), *arguments], env=environment, check=False).returncode
    sys.exit(code)


cli.add_command(measure)
cli.add_command(audit)
cli.add_command(trace)
cli.add_command(publications)
cli.add_command(access)
cli.add_command(notices)
cli.add_command(pack)


def main() -> None:
    """Run the command line: 0 done, 1 not done, 2 used wrongly; one line for each error, no traceback."""
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
    except click.ClickException as error:
        _fail(error.format_message(), error.exit_code)
    except WarehouseError as error:
        _fail(str(error), error.exit_code)
    except psycopg.Error as error:
        _fail(f"the database failed: {(str(error).splitlines() or ['no reason given'])[0]}", 1)
    except (click.exceptions.Abort, KeyboardInterrupt):
        _fail("interrupted; run the same command again to go on", 130)


def _fail(message: str, code: int) -> None:
    click.echo(f"cpw: {' '.join(message.split())}", err=True)
    sys.exit(code)


def _say(text: str) -> None:
    click.echo(text, err=True)


def _file_by_file() -> "Callable[[Progress], None]":
    """Return a function that names each file once, as its load begins."""
    named: set[str] = set()

    def name(at: "Progress") -> None:
        if at.file_name not in named:
            named.add(at.file_name)
            _say(f"{at.file_number}/{at.file_count} {at.file_name}")

    return name


def _system_user() -> str:
    """Return who the system says we are; a container may not know a name."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"


def _settings(extracts: str | None = None) -> Settings:
    if extracts:
        settings_module.export({"CPW_EXTRACTS": extracts})
    return settings_module.load()
