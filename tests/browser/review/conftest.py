"""Who takes part in the review, logged in: in a browser, and with requests written by hand."""

import secrets
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from dashboards.client import Client
from tests.browser.dashboards.pages import log_in
from tests.browser.review.pages import Cast, Forger, Record, Reviewer, cast_of, waiting
from tests.installations import RunningSuperset


@pytest.fixture(scope="session")
def cast(superset: RunningSuperset) -> Cast:
    return cast_of(superset)


@pytest.fixture(scope="session")
def logged_in(browser: Browser, superset: RunningSuperset, administrator: Client) -> Callable[[str], BrowserContext]:
    """Return the session of a person by user name; who has no known password gets one."""
    sessions: dict[str, BrowserContext] = {}
    known = dict(superset.people.values())

    def session(user: str) -> BrowserContext:
        if user not in sessions:
            if user not in known:
                accounts = administrator.list_all("security/users/", ["id", "username"])
                number = next(row["id"] for row in accounts if row["username"] == user)
                known[user] = secrets.token_urlsafe(16)
                administrator.call("PUT", f"security/users/{number}", json={"password": known[user]})
            sessions[user] = log_in(browser, superset, user, known[user])
        return sessions[user]

    return session


@pytest.fixture
def reviewer(
    logged_in: Callable[[str], BrowserContext], superset: RunningSuperset
) -> Iterator[Callable[[str], Reviewer]]:
    """Open a page of a person; all are closed after the test."""
    opened: list[Reviewer] = []

    def open_for(user: str) -> Reviewer:
        opened.append(Reviewer(logged_in(user), superset.base_url))
        return opened[-1]

    yield open_for
    for one in opened:
        one.page.close()


@pytest.fixture
def forger(logged_in: Callable[[str], BrowserContext], superset: RunningSuperset) -> Callable[[str], Forger]:
    return lambda user: Forger(logged_in(user), superset.base_url)


@pytest.fixture(scope="session")
def records(superset: RunningSuperset, cast: Cast) -> Iterator[Record]:
    """Return records that wait for the clinician: each test takes the next, so that none meets another's acts."""
    return waiting(superset, cast.clinician)
