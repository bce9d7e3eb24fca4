"""A notice as an e-mail: counts and one link, as plain text and as simple HTML. It names nobody, no unit, no figure."""

import hashlib
import re
from datetime import date
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, localtime
from html import escape

from orchestration.errors import WarehouseError
from orchestration.notice.waiting import Waiting
from orchestration.settings import Mail

# One atom after the other, as RFC 5321 has it; what else could be in a name would have to be quoted, or is an attack.
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$&'*+/=?^_`{|}~-]+)*")
_LONGEST_LOCAL_PART = 64
_NAMED_MONTHS = 6
_ABOUT = (
    "This message holds no names and no figures. It comes once a week, and only when something waits for you.",
    "Nobody reads what you answer to it.",
)
_HTML = """<!doctype html>
<html lang="en-GB">
<head><meta charset="utf-8"><title>{title}</title></head>
<body>
<h1>{title}</h1>
<ul>
{lines}
</ul>
<p><a href="{link}">Open your page</a></p>
<p>{about}</p>
</body>
</html>
"""


class AddressError(WarehouseError):
    """A user name cannot be made an address. Who tells it names the person, too."""


def address(user_name: str, mail: Mail) -> str:
    """Return the address of a person. Raises `AddressError` for a name that is no local part of one."""
    if not (len(user_name) <= _LONGEST_LOCAL_PART and _LOCAL_PART.fullmatch(user_name)):
        raise AddressError("this user name cannot stand before the @ of an address; no notice was sent.")
    return f"{user_name}@{mail.domain}"


def message_id(user_name: str, week_on: date, mail: Mail) -> str:
    """Return the same id for the same person and week, whenever it is asked: a mail server may know it again."""
    told = hashlib.sha256(f"{week_on} {user_name}".encode()).hexdigest()[:32]
    return f"<notice.{week_on:%Y%m%d}.{told}@{mail.sender.rsplit('@', 1)[-1]}>"


def content_hash(message: EmailMessage) -> str:
    """Return the SHA-256 of what a message says, whatever it is sent in."""
    body = message.get_body(("plain",))
    assert body is not None
    return hashlib.sha256(str(body.get_content()).encode()).hexdigest()


def compose(waiting: Waiting, week_on: date, mail: Mail, link: str) -> EmailMessage:
    """Return the notice of a person for the week from `week_on`; `link` is the same for everybody.

    Raises `AddressError` for a user name that cannot be made an address.
    """
    said, title = lines(waiting), f"What waits for you, week of {_day(week_on)}"
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["From"] = mail.sender
    message["To"] = address(waiting.user_name, mail)
    message["Subject"] = title
    message["Date"] = format_datetime(localtime())
    message["Message-ID"] = message_id(waiting.user_name, week_on, mail)
    message["Content-Language"] = "en-GB"
    # An absence note is not to answer it (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    items = "\n".join(f"- {line}" for line in said)
    about = "\n".join(_ABOUT)
    message.set_content(f"{title}\n\n{items}\n\nOpen your page: {link}\n\n{about}\n")
    message.add_alternative(
        _HTML.format(
            title=escape(title),
            lines="\n".join(f"<li>{escape(line)}</li>" for line in said),
            link=escape(link),
            about=escape(" ".join(_ABOUT)),
        ),
        subtype="html",
    )
    return message


def lines(waiting: Waiting) -> list[str]:
    """Return what waits in words, one line for each kind; what does not wait is not mentioned."""
    until = f", until {_day(waiting.record_deadline_on)}" if waiting.record_deadline_on else ""
    counted = (
        (waiting.record_count, "record waits", "records wait", f"for you to confirm or dispute{until}"),
        (waiting.dispute_count, "dispute waits", "disputes wait", "for your decision"),
        (waiting.decided_count, "dispute of yours was", "disputes of yours were", "decided last week"),
        (waiting.look_count, "measure asks", "measures ask", "for a look"),
        (waiting.held_count, "feed is", "feeds are", "held until somebody decides"),
        (waiting.objective_count, "objective is", "objectives are", "due within four weeks, or overdue"),
    )
    said = [f"{count:,} {one if count == 1 else many} {rest}" for count, one, many, rest in counted if count]
    due = list(zip(waiting.sign_months_on, waiting.sign_deadlines_on, strict=True))
    said += [f"{month:%B %Y} is to be signed off by {_day(deadline)}" for month, deadline in due[:_NAMED_MONTHS]]
    if more := due[_NAMED_MONTHS:]:
        months = "1 more month is" if len(more) == 1 else f"{len(more)} more months are"
        said.append(f"{months} to be signed off, the last by {_day(more[-1][1])}")
    return said


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
