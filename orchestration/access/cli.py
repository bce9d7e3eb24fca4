"""`cpw access`: who may see what, and decisions about it by hand."""

from collections.abc import Callable
from datetime import date, datetime

import click
import psycopg

from orchestration import settings as settings_module

# The rooms are imported by the command that needs them, as in `orchestration.cli`.
# ruff: noqa: PLC0415

DAY = click.DateTime(["%Y-%m-%d"])
BY = click.option("--by", required=True, help="Who decides.")
REASON = click.option("--reason", required=True, help="Why, for whoever asks later.")


@click.group()
def access() -> None:
    """Who may see what: list scopes, grant and end them, suspend a person at once."""


@access.command("list")
@click.argument("user", required=False)
def list_scopes(user: str | None) -> None:
    """List the scopes of USER, or of everybody: of the workforce feed and by hand, with their state today."""
    from orchestration.access import listing

    _as_owner(lambda owner: listing.draw(owner, user))


@access.command()
@click.argument("user")
@click.argument("unit")
@click.argument("role")
@click.option("--from", "first_day", type=DAY, help="First day. Default: today.")
@click.option("--to", "last_day", type=DAY, help="Last day. Default: until it is ended.")
@click.option("--name", help="Name of the person, if the workforce feed does not know them.")
@BY
@REASON
def grant(  # noqa: PLR0917 - click hands them over by name
    user: str,
    unit: str,
    role: str,
    first_day: datetime | None,
    last_day: datetime | None,
    name: str | None,
    by: str,
    reason: str,
) -> None:
    """Let USER see UNIT (its key or code) as ROLE: clinician, clinical lead, divisional director, executive, analyst,
    auditor or coder. An executive of a department or of a clinician's post reads it whole, for at most 7 days.
    """
    from orchestration.access import decision

    scope = decision.Scope(user, unit, role, _day(first_day), _day(last_day), by, reason, name)
    _as_owner(lambda owner: decision.grant(owner, scope))


@access.command()
@click.argument("scope", type=click.IntRange(1))
@BY
@REASON
def end(scope: int, by: str, reason: str) -> None:
    """End SCOPE (its number) at once. One of the workforce feed is ended there."""
    from orchestration.access import decision

    _as_owner(lambda owner: decision.end(owner, scope, by=by, reason=reason))


@access.command()
@click.argument("user")
@BY
@REASON
def suspend(user: str, by: str, reason: str) -> None:
    """Stop all that USER may see, at once and whatever the workforce feed says."""
    from orchestration.access import decision

    _as_owner(lambda owner: decision.suspend(owner, user, by=by, reason=reason))


@access.command()
@click.argument("user")
@BY
@REASON
def restore(user: str, by: str, reason: str) -> None:
    """Let a suspended USER see again what the scopes say."""
    from orchestration.access import decision

    _as_owner(lambda owner: decision.restore(owner, user, by=by, reason=reason))


def _as_owner(act: Callable[[psycopg.Connection], str]) -> None:
    """Say what is answered to the owner of a database that has all that access needs."""
    from orchestration import foundation
    from orchestration.postgres import connection

    settings = settings_module.load()
    foundation.lay(settings)
    with connection.connect(settings, autocommit=True) as owner:
        click.echo(act(owner))


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
