"""`cpw notices`: send what is left of this week's notices, or say what would be sent."""

import click

from orchestration import settings as settings_module

# The rooms are imported by the command that needs them, as in `orchestration.cli`.
# ruff: noqa: PLC0415


@click.command()
@click.option("--dry-run", is_flag=True, help="Say to whom what would be sent; send nothing.")
def notices(dry_run: bool) -> None:
    """Tell each person by e-mail what waits for them: counts and a link, once a week at most."""
    from orchestration.notice import preview, send

    settings = settings_module.load()
    if dry_run:
        click.echo(preview.draw(settings))
    else:
        click.echo(send.send(settings, on_news=lambda sentence: click.echo(sentence, err=True)))
