"""One warehouse for the tests of publication, with nothing loaded: what is published in it is made by hand."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from orchestration import foundation
from orchestration.postgres import connection
from orchestration.settings import Settings
from tests.integration.publication import hand_made

LEDGER = [f"quality.publication{part}" for part in ("", "_feed", "_measure", "_check", "_table")]


@pytest.fixture(scope="package")
def laid(new_installation: Callable[[], Settings]) -> Settings:
    settings = new_installation()
    foundation.lay(settings)
    return settings


@pytest.fixture
def owner(laid: Settings) -> Iterator[psycopg.Connection]:
    """Connect to a warehouse in which publication 1 was just published, and nothing is known of others."""
    # The ledger is only ever added to: nobody but the superuser can empty it.
    with connection.open_url(connection.administrator_dsn(laid)) as superuser:
        superuser.execute("set local session_replication_role = replica")
        superuser.execute(f"truncate {', '.join(LEDGER)} restart identity")
    with connection.connect(laid, autocommit=True) as opened:
        schemas = opened.execute("select nspname from pg_namespace where nspname like 'marts%'").fetchall()
        for (name,) in schemas:
            opened.execute(f"drop schema {name} cascade")
        opened.execute("create schema marts")
        hand_made.publish_number(opened, 1)
        yield opened
