"""A warehouse whose people can be written to, and a week of its own for each test: nobody has had its notice yet."""

import dataclasses
import itertools
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import psycopg
import pytest

from orchestration.notice import waiting
from orchestration.postgres import connection
from orchestration.settings import Mail, Settings
from tests import mail_server
from tests.installations import BuiltWarehouse
from tests.mail_server import Mailbox

_WEEKS = itertools.count(1)
PUBLIC_URL = "https://performance.trust.example"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server.running() as mailbox:
        yield mailbox


@pytest.fixture
def settings(own_small_warehouse: BuiltWarehouse, mailbox: Mailbox) -> Settings:
    """The settings of an installation that sends to the test's own server."""
    mail = Mail("127.0.0.1", mailbox.port, False, None, None, "performance@trust.example", "staff.trust.example")
    return dataclasses.replace(own_small_warehouse.settings, mail=mail, public_url=PUBLIC_URL)


@pytest.fixture
def owner(own_small_warehouse: BuiltWarehouse) -> Iterator[psycopg.Connection]:
    with connection.connect(own_small_warehouse.settings, autocommit=True) as opened:
        yield opened


@pytest.fixture
def week(owner: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> date:
    """A Monday to come, of this test alone, that the code takes for that of this week."""
    monday = waiting.this_week(owner) + timedelta(weeks=next(_WEEKS))
    monkeypatch.setattr(waiting, "this_week", lambda owner: monday)
    return monday


@pytest.fixture
def mail_environment(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> Callable[[BuiltWarehouse], dict[str, str]]:
    """Put into the environment what an installation sends with, for code that reads it there; return it, too."""

    def put(built: BuiltWarehouse) -> dict[str, str]:
        variables = {
            "CPW_HOME": str(built.settings.home),
            "CPW_SMTP_URL": f"smtp://127.0.0.1:{mailbox.port}",
            "CPW_MAIL_FROM": "performance@trust.example",
            "CPW_MAIL_DOMAIN": "staff.trust.example",
            "CPW_PUBLIC_URL": PUBLIC_URL,
        }
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return variables

    return put
