"""What would be sent now, as text: to whom, how much of what waits, and how far it has come."""

from orchestration import foundation
from orchestration.notice import message, send, waiting
from orchestration.notice.send import Due
from orchestration.postgres import connection
from orchestration.settings import Settings

_HEAD = ("to", "confirm", "decide", "decided", "sign off", "look", "held", "objectives", "notice")


def draw(settings: Settings) -> str:
    """Return a table of this week's notices, of those that were sent too. Nothing is sent or written."""
    foundation.lay(settings)
    with connection.connect(settings, autocommit=True) as owner:
        week_on = waiting.this_week(owner)
        found = send.due(owner, week_on)
    if not found:
        return "Nothing waits for anybody."
    rows = [_HEAD, *(_cells(settings, one) for one in found)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEAD))]
    table = "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
    ready = f"Week of {week_on}: {sum(one.is_left for one in found)} of {len(found)} notices would be sent."
    return f"{table}\n{ready}" + ("" if settings.mail else f" {send.NO_SERVER}")


def _cells(settings: Settings, one: Due) -> tuple[str, ...]:
    of = one.waiting
    to, state = of.user_name, one.step.state if one.step else "to send"
    try:
        to = message.address(of.user_name, settings.mail) if settings.mail else to
    except message.AddressError:
        to, state = repr(to), "no address"
    counts = (
        of.record_count, of.dispute_count, of.decided_count, len(of.sign_months_on), of.look_count, of.held_count,
        of.objective_count,
    )  # fmt: skip
    return (to, *(f"{count:,}" if count else "" for count in counts), state)
