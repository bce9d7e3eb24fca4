"""The notices of a week: to everybody for whom something waits, once each, whatever happens on the way."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from email.message import EmailMessage

import psycopg

from orchestration import foundation
from orchestration.errors import WarehouseError
from orchestration.notice import ledger, message, server, waiting
from orchestration.notice.ledger import Step
from orchestration.notice.waiting import Waiting
from orchestration.postgres import connection
from orchestration.services import superset
from orchestration.settings import Settings

NO_SERVER = "No mail is sent: CPW_SMTP_URL names no mail server."
_LOCK = 6_117_842_021
_TOLD_FAILURES = 5


class NoticeError(WarehouseError):
    """Notices could not be sent, or not all of them; those that were sent are not sent again."""


@dataclass
class Outcome:
    """What became of the notices of a week: how many were sent now and before, and a sentence for each failure.

    Doubtful are those that an earlier run handed over before it broke off: nobody knows whether they were sent.
    """

    week_on: date
    sent_count: int = 0
    sent_before_count: int = 0
    doubtful_count: int = 0
    failures: list[str] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """All of it in one sentence or two."""
        sent = f"{_notices(self.sent_count)} sent for the week of {self.week_on}"
        sent += f", {self.sent_before_count} before" if self.sent_before_count else ""
        sent += f", {self.doubtful_count} before or never" if self.doubtful_count else ""
        if not self.failures:
            return f"{sent}."
        told = " ".join(self.failures[:_TOLD_FAILURES])
        more = len(self.failures) - _TOLD_FAILURES
        return f"{sent}; {len(self.failures)} failed. {told}" + (f" And {more} more." if more > 0 else "")


@dataclass(frozen=True)
class Due:
    """What waits for a person, and how far the notice of it has come."""

    waiting: Waiting
    step: Step | None

    @property
    def is_left(self) -> bool:
        """Whether it is still to be sent: nobody tried, or the server certainly refused it."""
        return self.step is None or self.step.state == "refused"

    @property
    def is_in_doubt(self) -> bool:
        """Whether it was handed over, and nobody here heard what became of it."""
        return self.step is not None and self.step.state == "handed over"


def due(owner: psycopg.Connection, week_on: date) -> list[Due]:
    """Return what waits for each person in the week from `week_on` (a Monday), and how far each notice has come."""
    steps = ledger.newest(owner, week_on)
    return [Due(one, steps.get(one.user_name)) for one in waiting.read(owner, week_on)]


def send(settings: Settings, on_news: Callable[[str], None]) -> str:
    """Send what is left of this week's notices; return a sentence. `on_news` hears of each failure as it happens.

    Raises `NoticeError` at the end where not every notice was sent, and at once where another run sends them now.
    """
    if settings.mail is None:
        return NO_SERVER
    foundation.lay(settings)
    with _alone(settings) as owner:
        outcome = Outcome(waiting.this_week(owner))
        left = []
        for one in due(owner, outcome.week_on):
            if one.is_left:
                left.append(one.waiting)
            elif one.is_in_doubt:
                outcome.doubtful_count += 1
                on_news(_doubt(one))
            else:
                outcome.sent_before_count += 1
        if left:
            _send_all(owner, settings, left, outcome, on_news)
    if outcome.failures:
        raise NoticeError(f"{outcome.sentence} Send them again with `cpw notices`: who has theirs gets no second.")
    return outcome.sentence


def _send_all(
    owner: psycopg.Connection,
    settings: Settings,
    left: Sequence[Waiting],
    outcome: Outcome,
    on_news: Callable[[str], None],
) -> None:
    """Send each notice that is left; one that fails keeps nobody from theirs, unless no server answers any more."""
    mail, link = settings.mail, f"{superset.public_address(settings)}/"
    assert mail is not None
    with closing(server.Line(mail)) as line:
        for place, one in enumerate(left):
            try:
                _send(owner, line, message.compose(one, outcome.week_on, mail, link), one.user_name, outcome.week_on)
                outcome.sent_count += 1
            except server.ServerError as error:
                _fail(outcome, f"{error} {_notices(len(left) - place)} not sent.", on_news)
                return
            except WarehouseError as error:
                _fail(outcome, f"{one.user_name!r}: {error}", on_news)


def _send(owner: psycopg.Connection, line: server.Line, composed: EmailMessage, user_name: str, week_on: date) -> None:
    """Send one notice, and note each step: that it is handed over before it is, so that a kill sends none twice."""

    def note(state: ledger.State, reason: str | None = None) -> None:
        told = str(composed["Message-ID"]), message.content_hash(composed)
        ledger.note(owner, Step(user_name, week_on, state, *told, reason))

    try:
        line.deliver(str(composed["To"]), composed.as_bytes(), lambda: note("handed over"))
    except server.RefusedError as error:
        note("refused", str(error))
        raise
    note("sent")


@contextmanager
def _alone(settings: Settings) -> Iterator[psycopg.Connection]:
    """Give a connection that alone may send: the ledger is written on it, so that who lost it can send no more."""
    with connection.connect(settings, autocommit=True) as owner:
        row = owner.execute("select pg_try_advisory_lock(%s)", [_LOCK]).fetchone()
        if not (row and row[0]):
            raise NoticeError("Another run sends the notices just now: wait until it has ended.")
        yield owner


def _doubt(one: Due) -> str:
    assert one.step is not None
    return (
        f"{one.waiting.user_name}: was handed over when a run broke off, and may have been sent or not; it is not sent "
        f"again. The mail server's log knows {one.step.message_id}."
    )


def _fail(outcome: Outcome, sentence: str, on_news: Callable[[str], None]) -> None:
    outcome.failures.append(sentence)
    on_news(sentence)


def _notices(count: int) -> str:
    return f"{count} notice" if count == 1 else f"{count} notices"
