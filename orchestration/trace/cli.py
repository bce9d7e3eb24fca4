"""`cpw trace`: where a record came from and where it went."""

import click

from orchestration import settings as settings_module


@click.command()
@click.argument("record_id", metavar="RECORD_ID")
def trace(record_id: str) -> None:
    """Follow a record (a spell, an attendance, a theatre case ...) from the lines of its files to its figures."""
    # The rooms are imported by the command that needs them, as in `orchestration.cli`.
    from orchestration.postgres import connection  # noqa: PLC0415
    from orchestration.trace import follow, text  # noqa: PLC0415

    with connection.connect(settings_module.load()) as owner:
        found = follow.follow(owner, record_id)
    click.echo("\n\n\n".join(text.draw(one) for one in found))
