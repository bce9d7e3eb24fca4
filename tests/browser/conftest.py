"""The browser, a session for each person, and the administrator: shared by the tests of all pages."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from dashboards.client import Client
from tests.browser.dashboards.pages import launch, log_in
from tests.installations import RunningSuperset


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = launch(playwright)
        yield started
        started.close()


@pytest.fixture(scope="session")
def session_of(browser: Browser, superset: RunningSuperset) -> Callable[[str], BrowserContext]:
    """Return the logged-in session of the person at a level; each logs in once."""
    sessions: dict[str, BrowserContext] = {}

    def session(level: str) -> BrowserContext:
        if level not in sessions:
            sessions[level] = log_in(browser, superset, *superset.people[level])
        return sessions[level]

    return session


@pytest.fixture(scope="session")
def administrator(superset: RunningSuperset) -> Client:
    return Client(superset.base_url, superset.admin, superset.admin_password)
