"""A page of Superset as a person meets it in a browser: log in, open, wait until every chart is drawn."""

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Request, Response

from dashboards import specs
from dashboards.specs import Dashboard, Row
from tests.installations import RunningSuperset

SLUGS = {
    "clinician": "my-practice",
    "department": "department",
    "division": "division",
    "executive": "executive",
    "auditor": "data-quality",
}
ROLE_OF = {role.level: role.name for role in specs.load().roles.values()}
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
# Charts are drawn when they come into view: a window as tall as any page has all of them in view.
WINDOW = {"width": 1440, "height": 4200}
PATIENCE = 90_000
_DRAWN = """expected => {
    const drawn = document.querySelectorAll('[data-test="slice-container"], .ant-alert-error').length;
    const busy = document.querySelectorAll('[data-test="loading-indicator"], .loading').length;
    return drawn >= expected && busy === 0;
}"""
_TROUBLE = ".ant-alert-error, .alert-danger, [data-test='chart-error'], .missing-chart-container"
_TABS = ".dashboard-component-tabs [role='tab']"


def launch(playwright: Playwright) -> Browser:
    """Start the browser that is there: Debian's Chromium, or else Playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    path = next((found for name in names if (found := shutil.which(name))), None)
    return playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)


def log_in(browser: Browser, superset: RunningSuperset, user: str, password: str) -> BrowserContext:
    """Log in through the form; return the session, whose pages are the person's."""
    context = browser.new_context(viewport=WINDOW)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{superset.base_url}/login/")
    page.get_by_role("textbox").first.fill(user)
    page.locator("input[type=password]").fill(password)
    page.locator("button[type=submit]").first.click()
    page.wait_for_url("**/superset/dashboard/**")
    page.close()
    return context


@dataclass(frozen=True)
class Answer:
    """What the server said to the question of one chart, and whether that is a list which may well be empty."""

    url: str
    status: int
    body: Any
    may_be_empty: bool


@dataclass
class OpenedPage:
    """A dashboard that was opened and drawn, tab by tab, with what was asked and answered on the way."""

    page: Page
    answers: list[Answer] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    blocked: set[str] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)

    @property
    def foreign_and_sent(self) -> list[str]:
        """Requests that left for another host: those that the page's own policy stopped never did."""
        return [url for url in self.foreign if url not in self.blocked]

    @property
    def text(self) -> str:
        """Everything that can be read on the page, from the first tab to the last."""
        return "\n".join(self.texts)

    def look(self) -> None:
        """Note what can be read now, and the texts of charts in error."""
        self.texts.append(self.page.locator("body").inner_text())
        self.trouble += [item.inner_text() for item in self.page.locator(_TROUBLE).all()]


def open_page(context: BrowserContext, address: str, dashboard: Dashboard) -> OpenedPage:
    """Open a dashboard and all its tabs, the first one last, and wait until every chart is drawn."""
    opened = OpenedPage(context.new_page())

    def note_request(request: Request) -> None:
        if not request.url.startswith((origin, "data:", "blob:")):
            opened.foreign.append(request.url)

    def note_failure(request: Request) -> None:
        if "csp" in (request.failure or "").lower() or "BLOCKED" in (request.failure or ""):
            opened.blocked.add(request.url)

    def note_response(response: Response) -> None:
        if "/api/v1/chart/data" in response.url:
            asked = response.request.post_data_json["form_data"]
            subjects = {clause.get("subject") for clause in asked.get("adhoc_filters", [])}
            body = response.json() if response.ok else response.text()
            opened.answers.append(Answer(response.url, response.status, body, "is_listed" in subjects))

    origin = "/".join(address.split("/")[:3])
    opened.page.on("request", note_request)
    opened.page.on("requestfailed", note_failure)
    opened.page.on("response", note_response)
    opened.page.goto(address)
    drawn = len(charts_of(dashboard.rows))
    for number, tab in enumerate(dashboard.tabs):
        if number:
            opened.page.locator(_TABS).nth(number).click()
        drawn += len(charts_of(tab.rows))
        opened.page.wait_for_function(_DRAWN, arg=drawn)
        opened.look()
    if not dashboard.tabs:
        opened.page.wait_for_function(_DRAWN, arg=drawn)
        opened.look()
    elif len(dashboard.tabs) > 1:
        opened.page.locator(_TABS).first.click()
    return opened


def charts_of(rows: Iterable[Row]) -> list[str]:
    """Return the names of the charts in rows of a page."""
    return [part["chart"] for row in rows for part in row if "chart" in part]


class Api:
    """Superset's API with the session of a person, as the pages themselves call it."""

    def __init__(self, context: BrowserContext, superset: RunningSuperset) -> None:
        """Take the person's session."""
        self._context = context
        self._url = f"{superset.base_url}/api/v1"
        token = context.request.get(f"{self._url}/security/csrf_token/").json()["result"]
        self._headers = {"X-CSRFToken": token, "Referer": superset.base_url, "Content-Type": "application/json"}

    def get(self, path: str) -> tuple[int, Any]:
        """Return status and answer."""
        response = self._context.request.get(f"{self._url}/{path}", headers=self._headers)
        return response.status, _body(response)

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Return status and answer."""
        response = self._context.request.post(f"{self._url}/{path}", headers=self._headers, data=json.dumps(body))
        return response.status, _body(response)


def _body(response: Any) -> Any:
    try:
        return response.json()
    except ValueError:
        return response.text()
