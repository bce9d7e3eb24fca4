"""`cpw publications`: every attempt to publish as a list, one of them whole, or built again and compared."""

import click

from orchestration import settings as settings_module
from orchestration.errors import UsageError, WarehouseError
from orchestration.publication.ledger import Publication
from orchestration.settings import Settings

# The rooms are imported by the command that needs them, as in `orchestration.cli`.
# ruff: noqa: PLC0415


@click.command()
@click.argument("publication_id", metavar="[ID]", type=click.IntRange(1), required=False)
@click.option("--rebuild", is_flag=True, help="Build publication ID again, beside the real one, and compare the hash.")
@click.option("--latest", type=click.IntRange(1), default=30, show_default=True, help="How many at most.")
def publications(publication_id: int | None, rebuild: bool, latest: int) -> None:
    """List publications: when, data to, checks, hash, and why where it was refused; or show the one with this ID."""
    from orchestration.publication import listing

    settings = settings_module.load()
    if rebuild and publication_id is None:
        raise click.UsageError("'--rebuild' needs the number of a publication.")
    if publication_id is None:
        click.echo(listing.draw(listing.read(settings, latest)))
        return
    publication = _find(settings, publication_id)
    if rebuild:
        _rebuild(settings, publication)
    else:
        click.echo(listing.draw_whole(settings, publication))


def _find(settings: Settings, publication_id: int) -> Publication:
    from orchestration.postgres import connection
    from orchestration.publication import ledger, listing

    with connection.connect(settings, autocommit=True) as owner:
        found = ledger.find(owner, publication_id) if listing.has_ledger(owner) else None
    if found is None:
        raise UsageError(f"There is no publication {publication_id}: `cpw publications` lists them.")
    return found


def _rebuild(settings: Settings, publication: Publication) -> None:
    from orchestration import known_on
    from orchestration.postgres import connection
    from orchestration.publication import rebuild

    if publication.known_before is None or publication.content_hash is None:
        why = publication.reason or "it was published before hashes were kept"
        raise UsageError(f"Publication {publication.publication_id} cannot be compared: {why}.")
    built = known_on.build(settings, publication.known_before.isoformat())
    click.echo(built.sentence)
    with connection.connect(settings, autocommit=True) as owner:
        found = rebuild.compare(owner, publication, built.contents)
    if found.is_broken:
        raise WarehouseError(found.sentence)
    click.echo(found.sentence)
