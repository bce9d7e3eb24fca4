"""The browser, a session for each person, and each person's own page, opened once."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from dashboards import specs
from tests.browser.dashboards.pages import SLUGS, Api, OpenedPage, launch, log_in, open_page
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
