"""`cpw`: thin commands over functions that live elsewhere; every error of ours becomes one line."""

import dataclasses
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
import psycopg

from orchestration import settings as settings_module
from orchestration.errors import WarehouseError
from orchestration.postgres.connection import ROLES, Role
from orchestration.settings import Settings

if TYPE_CHECKING:
    from orchestration.extract.load import Progress

# Rooms are imported by the command that needs them: Dagster alone takes seconds.
# ruff: noqa: PLC0415

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False, readable=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="clinician-performance-warehouse")
def cli() -> None:
    """Clinician Performance Warehouse: extracts in, dashboards out."""


@cli.command()
@click.option("--extracts", type=FOLDER, help="Folder of extracts. Default: a synthetic trust, written if need be.")
def up(extracts: Path | None) -> None:
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
@click.option("--extracts", type=FOLDER, required=True, help="Folder of extracts.")
def load(extracts: Path) -> None:
    """Load extracts into raw tables; say what each delivery held."""
    from orchestration import foundation
    from orchestration.extract import contracts
    from orchestration.extract import load as loader
    from orchestration.postgres.hold import hold

    settings = _settings(extracts)
    foundation.lay(settings)
    with hold(settings):
        found = loader.load_folder(settings, settings.extracts, contracts.load(), on_progress=_file_by_file())
    deliveries = [delivery for delivery in found if delivery.is_new]
    for delivery in deliveries:
        click.echo(delivery.sentence)
    click.echo(f"{len(deliveries)} deliveries." if deliveries else "Nothing new.")


@cli.command()
@click.option("--extracts", type=FOLDER, required=True, help="Folder of extracts.")
def run(extracts: Path) -> None:
    """Make one full pass without Superset. The exit code is 0 only if it ends in a publication, old or new."""
    from orchestration.refresh import refresh

    settings = _settings(extracts)
    outcome = refresh(settings, settings.extracts)
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
    from orchestration.postgres import connection
    from orchestration.postgres.hold import hold
    from orchestration.transform import DBT, DBT_PROJECT

    settings = _settings()
    environment = settings_module.child_environment(settings, **connection.dbt_environment(settings))
    environment |= {"DBT_PROJECT_DIR": str(DBT_PROJECT), "DBT_PROFILES_DIR": str(DBT_PROJECT)}
    with hold(settings):
        code = subprocess.run([str(DBT), *arguments], env=environment, check=False).returncode
    sys.exit(code)


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


def _settings(extracts: Path | None = None) -> Settings:
    settings = settings_module.load()
    return dataclasses.replace(settings, extracts=extracts.resolve()) if extracts else settings
