"""A laid foundation without deliveries, and identifiers put into its raw tables by hand."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from orchestration import foundation
from orchestration.extract import contracts
from orchestration.extract.contract import Contract
from orchestration.postgres import connection
from orchestration.settings import Settings


@pytest.fixture(scope="package")
def laid(new_installation: Callable[[], Settings]) -> Settings:
    settings = new_installation()
    foundation.lay(settings)
    return settings


@pytest.fixture
def settings(laid: Settings) -> Iterator[Settings]:
    """Return an installation without identifiers, and with the key that it had before the test."""
    path = laid.secrets / "pseudonym_key"
    key = path.read_bytes()
    with connection.connect(laid, autocommit=True) as owner:
        owner.execute("truncate raw.pas__patient, raw.theatre__theatre_case, raw.workforce__clinician")
        owner.execute("truncate identity.pseudonym, identity.pseudonym_key")
    yield laid
    path.write_bytes(key)
    path.chmod(0o600)


@pytest.fixture
def owner(settings: Settings) -> Iterator[psycopg.Connection]:
    with connection.connect(settings, autocommit=True) as connected:
        yield connected


@pytest.fixture(scope="package")
def declared() -> tuple[Contract, ...]:
    return contracts.load()
