"""`cpw`: thin commands over functions that live elsewhere; every error of ours becomes one line."""

import dataclasses
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import click
import typer

from orchestration import settings as settings_module
from orchestration.errors import WarehouseError
from orchestration.postgres.connection import ROLES
from orchestration.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Clinician Performance Warehouse: extracts in, dashboards out.",
)

ExtractsOption = Annotated[
    Path | None, typer.Option(help="Folder of extracts. Default: those of the synthetic trust, written if need be.")
]
FolderOption = Annotated[Path, typer.Option("--extracts", help="Folder of extracts.")]


@app.command()
def up(extracts: ExtractsOption = None) -> None:
    """Start everything, run the pipeline, deploy the dashboards, and say where they are."""
    from orchestration import installation  # noqa: PLC0415

    settings = _settings(extracts)
    if not installation.up(settings, write_synthetic=extracts is None and not _names_extracts()):
        raise typer.Exit(1)


@app.command()
def down() -> None:
    """Stop all that `up` started."""
    from orchestration import installation  # noqa: PLC0415

    stopped = installation.down(_settings())
    typer.echo(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")


@app.command()
def status() -> None:
    """Say what runs, what is published, and what was checked, refused and held back."""
    from orchestration import installation  # noqa: PLC0415

    typer.echo(installation.summary(_settings()))


@app.command()
def synthesise(
    out: Annotated[Path, typer.Argument(help="Folder to write to; made if need be.")],
    years: Annotated[int, typer.Option(min=1, max=20)] = 2,
    clinicians: Annotated[int, typer.Option(min=16, max=5000)] = 120,
    seed: Annotated[int, typer.Option(min=0)] = 1,
) -> None:
    """Write the extracts of a synthetic trust, and the truth planted in them."""
    from orchestration.synthetic.write import write_trust  # noqa: PLC0415

    if out.exists() and not out.is_dir():
        raise click.UsageError(f"{out} is not a folder.")
    summary = write_trust(out, years=years, clinicians=clinicians, seed=seed, on_progress=_say)
    typer.echo(str(summary))


@app.command()
def load(extracts: FolderOption) -> None:
    """Load the extracts into raw tables; say what each delivery held."""
    from orchestration.extract import contracts, folder  # noqa: PLC0415
    from orchestration.extract import load as loader  # noqa: PLC0415
    from orchestration.refresh import prepare  # noqa: PLC0415

    settings = _settings(extracts)
    declared = contracts.load()
    folder.match(settings.extracts, declared)
    prepare(settings)
    deliveries = loader.load_folder(settings, settings.extracts, declared)
    for delivery in deliveries:
        typer.echo(
            f"{delivery.file_name}: {delivery.state}; received {delivery.received_count:,} = "
            f"loaded {delivery.loaded_count:,} + unchanged {delivery.unchanged_count:,} + "
            f"quarantined {delivery.quarantined_count:,}" + (f". {delivery.reason}" if delivery.reason else "")
        )
    typer.echo(f"{len(deliveries)} deliveries." if deliveries else "Nothing new.")


@app.command()
def run(extracts: FolderOption) -> None:
    """Make one full pass without Superset. The exit code is 0 only if what the extracts hold is published."""
    from orchestration.refresh import refresh  # noqa: PLC0415

    settings = _settings(extracts)
    outcome = refresh(settings, settings.extracts)
    if outcome.refused:
        raise click.ClickException(
            f"Not published: {outcome.refused.reason}. "
            + (
                f"The publication of {outcome.published.attempted_at:%d %B %Y %H:%M} UTC stands."
                if outcome.published
                else "Nothing was published before."
            )
        )
    if outcome.published is None:
        raise click.ClickException("Not published.")
    said = "Nothing new" if outcome.nothing_new else "Published"
    typer.echo(
        f"{said}: publication {outcome.published.publication_id} of "
        f"{outcome.published.attempted_at:%d %B %Y %H:%M} UTC, data to {outcome.published.data_to_on:%d %B %Y}."
    )


@app.command()
def deploy() -> None:
    """Deploy the dashboards to the running Superset."""
    from orchestration import installation  # noqa: PLC0415

    typer.echo(installation.deploy(_settings()))


@app.command()
def dsn(
    role: Annotated[str, typer.Option(click_type=click.Choice(ROLES), help="Whose rights.")] = "analyst",
) -> None:
    """Print the database address for a role. It holds a password: do not paste it into a log."""
    from orchestration.postgres import connection  # noqa: PLC0415

    typer.echo(connection.dsn(_settings(), role))  # type: ignore[arg-type]


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def dbt(context: typer.Context) -> None:
    """Run dbt on this warehouse: `cpw dbt build --select dna_rate`. Nothing is published by it."""
    from orchestration.postgres import connection  # noqa: PLC0415
    from orchestration.transform import DBT, DBT_PROJECT  # noqa: PLC0415

    settings = _settings()
    environment = settings_module.child_environment(settings, **connection.dbt_environment(settings))
    environment |= {"DBT_PROJECT_DIR": str(DBT_PROJECT), "DBT_PROFILES_DIR": str(DBT_PROJECT)}
    raise typer.Exit(subprocess.run([str(DBT), *context.args], env=environment, check=False).returncode)


def main() -> None:
    """Run the command line: 0 done, 1 not done, 2 used wrongly; one line for each error, no traceback."""
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except click.ClickException as error:
        _fail(error.format_message(), error.exit_code)
    except WarehouseError as error:
        _fail(str(error), error.exit_code)
    except (click.exceptions.Abort, KeyboardInterrupt):
        _fail("interrupted; run the same command again to go on", 130)


def _fail(message: str, code: int) -> None:
    typer.echo(f"cpw: {' '.join(message.split())}", err=True)
    sys.exit(code)


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _names_extracts() -> bool:
    """Say whether the environment names a folder of extracts."""
    settings = settings_module.load()
    return settings.extracts != settings.home / "extracts"


def _settings(extracts: Path | None = None) -> Settings:
    settings = settings_module.load()
    return dataclasses.replace(settings, extracts=extracts.expanduser().resolve()) if extracts else settings
