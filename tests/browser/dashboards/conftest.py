"""Each person's own page, opened once, and what an administrator and people ask of Superset's API."""

import secrets
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext

from dashboards import specs
from dashboards.client import Client
from dashboards.deploy import deployed_numbers
from tests.browser.dashboards.pages import ROLE_OF, SLUGS, Api, OpenedPage, open_page
from tests.installations import BuiltWarehouse, RunningSuperset
from tests.personas import Persona, personas


@pytest.fixture(scope="session")
def api_of(session_of: Callable[[str], BrowserContext], superset: RunningSuperset) -> Callable[[str], Api]:
    return lambda level: Api(session_of(level), superset)


@pytest.fixture(scope="session")
def page_of(session_of: Callable[[str], BrowserContext], superset: RunningSuperset) -> Callable[[str], OpenedPage]:
    """Return the page of the person at a level, drawn; each is opened once."""
    opened: dict[str, OpenedPage] = {}
    house = specs.load()

    def page(level: str) -> OpenedPage:
        if level not in opened:
            # The home page is the person's own.
            opened[level] = open_page(session_of(level), superset.base_url, house.dashboards[SLUGS[level]])
        return opened[level]

    return page


@pytest.fixture(scope="session")
def numbers(administrator: Client) -> dict[str, dict[str, int]]:
    """Return kind -> name -> Superset's number of the asset."""
    return deployed_numbers(administrator, specs.load())


@pytest.fixture(scope="module")
def people(superset: RunningSuperset, administrator: Client) -> Iterator[list[tuple[Persona, Client]]]:
    """Log everybody in: those of whom the demonstration knows no password get one, strangers an account.

    For a module alone: a deploy closes the accounts of people whom nobody has made known.
    """
    warehouse = BuiltWarehouse(superset.settings, superset.settings.extracts)
    passwords = dict(superset.people.values())
    found, made = [], []
    for persona in personas(warehouse, {level: user for level, (user, _) in superset.people.items()}):
        password = passwords.get(persona.user_name)
        if password is None:
            password = secrets.token_urlsafe(16)
            made += _account(administrator, persona, password)
        found.append((persona, Client(superset.base_url, persona.user_name, password)))
    yield found
    for number in made:
        administrator.call("DELETE", f"security/users/{number}")


def _account(administrator: Client, persona: Persona, password: str) -> list[int]:
    """Give the persona a password; return the number of the account where it had to be made."""
    accounts = {row["username"]: row["id"] for row in administrator.list_all("security/users/", ["id", "username"])}
    if persona.user_name in accounts:
        administrator.call("PUT", f"security/users/{accounts[persona.user_name]}", json={"password": password})
        return []
    roles = {row["name"]: row["id"] for row in administrator.list_all("security/roles/", ["id", "name"])}
    made = administrator.call(
        "POST",
        "security/users/",
        json={
            "username": persona.user_name,
            "first_name": "A",
            "last_name": "Stranger",
            "email": f"{secrets.token_hex(4)}@warehouse.invalid",
            "active": True,
            "roles": [roles[ROLE_OF[persona.level]]],
            "password": password,
        },
    )
    return [made["id"]]
