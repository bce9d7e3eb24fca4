"""A warehouse, its people, and what one of them sees in it."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from orchestration.access import decision
from orchestration.access.decision import Scope
from orchestration.postgres import connection
from tests.installations import BuiltWarehouse, as_reader

Seen = Callable[[str | None], set[str]]
Grant = Callable[..., str]


@pytest.fixture(scope="session")
def owner(small_warehouse: BuiltWarehouse) -> Iterator[psycopg.Connection]:
    with connection.connect(small_warehouse.settings, autocommit=True) as opened:
        yield opened


@pytest.fixture(scope="session")
def seen(small_warehouse: BuiltWarehouse) -> Seen:
    """Return the units of which a person reads figures now."""

    def units(user: str | None) -> set[str]:
        with as_reader(small_warehouse.settings, user) as reader:
            return {row[0] for row in reader.execute("select distinct org_unit_key from marts.performance_shown")}

    return units


@pytest.fixture(scope="session")
def people(owner: psycopg.Connection) -> dict[str, str]:
    """Return one person of the feed at each level."""
    rows = owner.execute("select leadership_level, min(user_name) from marts.person group by 1").fetchall()
    return dict(rows)


@pytest.fixture
def grant(owner: psycopg.Connection) -> Iterator[Grant]:
    """Grant scopes to people who are not in the feed; what was granted ends with the test."""
    granted: list[str] = []

    def give(user: str, unit: str, role: str, **more: object) -> str:
        values = {"valid_from_on": None, "valid_to_on": None, "by": "a test", "reason": "a test", **more}
        said = decision.grant(owner, Scope(user, unit, role, person_name=f"Name of {user}", **values))
        granted.append(said.split(":")[0].removeprefix("Scope "))
        return granted[-1]

    yield give
    for number in granted:
        row = owner.execute("select exists (select 1 from access.decision where scope_id = %s)", [number]).fetchone()
        if not row[0]:
            decision.end(owner, int(number), by="a test", reason="the test is over")
