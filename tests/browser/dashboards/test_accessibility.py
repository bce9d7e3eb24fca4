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
# Superset's own, in every dashboard of everybody: rule -> what stands in the element. Its page has no language; its
# filters and chart holders have no name; a tab holds the button that copies a link to it; a pivot's marks of order are
# headers in headers.
OF_SUPERSET = {
    "html-has-lang": "<html",
    "label": "ant-select",
    "aria-input-field-name": "ant-select",
    "aria-prohibited-attr": 'class="dashboard-chart',
    "nested-interactive": 'role="tab"',
    "aria-required-parent": 'role="columnheader"',
}


def serious(page: Page) -> dict[str, list[str]]:
    """Return rule -> the elements of ours that break it, of rules that are serious."""
    broken: dict[str, list[str]] = {}
    for one in Axe().run(page).response["violations"]:
        own = [node["html"] for node in one["nodes"] if OF_SUPERSET.get(one["id"], "\0") not in node["html"]]
        if one["impact"] in SERIOUS and own:
            broken[one["id"]] = own
    return broken


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
