"""`cpw measure`: commands for analysts about a measure's figures. Both read what is published, and change nothing."""

from datetime import datetime
from pathlib import Path

import click

from orchestration import settings as settings_module
from orchestration.errors import WarehouseError

# The rooms are imported by the command that needs them, as in `orchestration.cli`.
# ruff: noqa: PLC0415


@click.group()
def measure() -> None:
    """Explain a figure, or say what a changed definition moves."""


@measure.command()
@click.argument("measure_id", metavar="ID")
@click.option("--unit", required=True, metavar="U", help="Key of the unit, or its code or name.")
@click.option("--month", required=True, type=click.DateTime(["%Y-%m"]), metavar="YYYY-MM", help="Month of the figure.")
@click.option("--records", type=click.IntRange(0), default=20, show_default=True, help="How many records to show.")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path, dir_okay=False), help="File for all the records.")
def explain(measure_id: str, unit: str, month: datetime, records: int, csv_file: Path | None) -> None:
    """Show the rows behind the figure of measure ID: counted, left out and why; and that they add up to it."""
    from orchestration.measure import explain as reader
    from orchestration.measure import explanation, explanation_text
    from orchestration.postgres import connection

    with connection.connect(settings_module.load()) as owner:
        found = reader.read(owner, measure_id, unit, month.date(), shown=records, csv_file=csv_file)
    click.echo(explanation_text.draw(found))
    if wrong := explanation.disagreements(found):
        raise WarehouseError(f"The figure and its records do not agree: {'; '.join(wrong)}.")


@measure.command()
@click.argument("measure_ids", metavar="[ID]...", nargs=-1)
def diff(measure_ids: tuple[str, ...]) -> None:
    """Say which units' figures would move if measures ID (all without one) were published as they are written now."""
    from orchestration.measure import comparison_text
    from orchestration.measure import diff as differ

    click.echo(comparison_text.draw(differ.compare(settings_module.load(), measure_ids)))
