"""What we author can be used by everybody, as far as a program can tell: axe-core finds nothing serious."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from dashboards import specs
from tests.browser.dashboards.pages import SLUGS, OpenedPage, open_page
from tests.installations import RunningSuperset

pytestmark = pytest.mark.browser
SERIOUS = {"serious", "critical"}
# Superset's own, in every dashboard of everybody: its page has no language, its filter bar and chart holders no name.
OF_SUPERSET = {"html-has-lang", "aria-input-field-name", "aria-allowed-attr", "aria-prohibited-attr"}


def serious(page: Page) -> dict[str, list[str]]:
    """Return rule -> the elements that break it, of rules that are serious."""
    found = Axe().run(page).response["violations"]
    return {
        one["id"]: [node["html"][:160] for node in one["nodes"]]
        for one in found
        if one["impact"] in SERIOUS and one["id"] not in OF_SUPERSET
    }


@pytest.mark.parametrize("level", SLUGS)
def test_page__has_no_serious_issue_in_any_tab(page_of: Callable[[str], OpenedPage], level: str) -> None:
    page = page_of(level).page
    tabs = page.locator(".dashboard-component-tabs [role='tab']")
    found = {"": serious(page)}
    for number in range(tabs.count()):
        tabs.nth(number).click()
        found[tabs.nth(number).inner_text()] = serious(page)
    if tabs.count():
        tabs.first.click()
    assert {tab: issues for tab, issues in found.items() if issues} == {}


def test_catalogue__has_no_serious_issue(
    session_of: Callable[[str], BrowserContext], superset: RunningSuperset
) -> None:
    address = f"{superset.base_url}/superset/dashboard/measure-catalogue/"
    opened = open_page(session_of("clinician"), address, specs.load().dashboards["measure-catalogue"])
    assert opened.trouble == []
    assert serious(opened.page) == {}
    opened.page.close()
