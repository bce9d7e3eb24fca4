"""The review pages as people meet them: who takes part, what they do on a page, and what can be sent without one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import requests
from playwright.sync_api import BrowserContext, Locator, Page

from orchestration.postgres import connection
from tests.installations import RunningSuperset
from tests.said import as_person

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_CAST = """
select
    lead.user_name as lead,
    lead.org_unit_key as department_key,
    (select min(r.user_name) from intermediate.int_person_role as r
        where r.role = 'divisional director' and r.org_unit_key in (
            select b.ancestor_org_unit_key from marts.bridge_org_unit as b
            where b.org_unit_key = lead.org_unit_key and b.valid_to_on is null
        )) as director,
    array(
        select r.user_name from intermediate.int_person_role as r
        inner join marts.dim_org_unit as u on r.org_unit_key = u.org_unit_key
        where r.role = 'clinician' and u.department_key = lead.org_unit_key
        order by (select count(*) from marts.review_record as v where v.org_unit_key = r.org_unit_key) desc
    ) as clinicians,
    (select min(r.user_name) from intermediate.int_person_role as r
        inner join marts.dim_org_unit as u on r.org_unit_key = u.org_unit_key
        where r.role = 'clinician' and u.department_key <> lead.org_unit_key
        and exists (select from marts.review_record as v where v.org_unit_key = r.org_unit_key)) as outsider
from intermediate.int_person_role as lead
where lead.user_name = %s and lead.role = 'clinical lead'
"""


@dataclass(frozen=True)
class Record:
    """A record to validate, by type and number."""

    record_type: str
    record_id: str

    @property
    def address(self) -> str:
        """Address of its page."""
        return "/review/record/?" + urlencode({"record_type": self.record_type, "record_id": self.record_id})


@dataclass(frozen=True)
class Cast:
    """User names of those who take part: two clinicians of the lead's department, one of another, and who is above."""

    clinician: str
    colleague: str
    outsider: str
    lead: str
    director: str
    executive: str
    department_key: str


def cast_of(superset: RunningSuperset) -> Cast:
    """Choose the people around the lead of whom the password is known."""
    with connection.connect(superset.settings) as owner:
        row = owner.execute(_CAST, [superset.people["department"][0]]).fetchone()
    lead, department_key, director, (clinician, colleague, *_), outsider = row
    return Cast(clinician, colleague, outsider, lead, director, superset.people["executive"][0], department_key)


def waiting(superset: RunningSuperset, user: str) -> Iterator[Record]:
    """Return the records that wait for a person, the newest first."""
    with as_person(superset.settings, user) as reviewer:
        found = reviewer.execute(
            "select record_type, record_id from review.work_list(null, null, null, 'waiting', 500, 0)"
        ).fetchall()
    return iter([Record(*row) for row in found])


def asked(superset: RunningSuperset, query: str, *parameters: Any) -> Any:
    """Return the first value of a query of the owner: what the database really holds."""
    with connection.connect(superset.settings) as owner:
        row = owner.execute(query, parameters).fetchone()  # type: ignore[arg-type]
    return row[0] if row else None


def last_act(superset: RunningSuperset) -> int:
    """Return the number of the newest act of anybody: what did nothing leaves it as it is."""
    return int(asked(superset, "select coalesce(max(act_id), 0) from review.act"))


class Reviewer:
    """A person in the browser, on the review pages."""

    def __init__(self, context: BrowserContext, base_url: str) -> None:
        """Take the person's session; open one page in it."""
        self.base_url = base_url
        self.page: Page = context.new_page()

    def open(self, path: str) -> Page:
        """Open an address of the pages."""
        self.page.goto(f"{self.base_url}{path}")
        return self.page

    def said(self) -> str:
        """Return what the page says was done, or is wrong."""
        return "\n".join(self.page.locator(".notice").all_inner_texts())

    def press(self, name: str) -> str:
        """Press the only button of this name; return what the page then says."""
        return self.send(self.page.get_by_role("button", name=name, exact=True))

    def send(self, button: Locator) -> str:
        """Press a button that sends a form; return what the next page says."""
        with self.page.expect_navigation():
            button.click()
        return self.said()

    def dispute(self, record: Record, reason: str, evidence: str, whose: str = "") -> str:
        """Dispute a record from its page; return what the page then says."""
        page = self.open(record.address)
        page.get_by_label(reason).check()
        if whose:
            page.get_by_label("Whose is it?").select_option(label=whose)
        page.get_by_label("What shows it?").fill(evidence)
        return self.press("Dispute")

    def decide(self, dispute_id: int, decision: str, reason: str, whose: str = "") -> str:
        """Decide a dispute from its page; return what the page then says."""
        page = self.open(f"/review/dispute/{dispute_id}/")
        page.get_by_label(decision).check()
        if whose:
            page.get_by_label("Whose is it?").select_option(label=whose)
        page.get_by_label("Why?").first.fill(reason)
        return self.press("Decide")

    def sign(self, unit_label: str, comment: str = "") -> str:
        """Sign the month that is open for a unit; return what the page then says."""
        card = self.page.locator(".card").filter(has=self.page.get_by_role("heading", name=unit_label))
        card.get_by_label("Comment").fill(comment)
        return self.send(card.get_by_role("button"))


class Forger:
    """A person's session without a browser: requests written by hand, with the cookie of a real log-in."""

    def __init__(self, context: BrowserContext, base_url: str) -> None:
        """Take over the cookies of the session."""
        self.base_url = base_url
        self._session = requests.Session()
        for cookie in context.cookies():
            self._session.cookies.set(cookie["name"], cookie["value"])

    def get(self, path: str) -> requests.Response:
        """Ask for a page; a redirect is not followed."""
        return self._session.get(f"{self.base_url}{path}", allow_redirects=False, timeout=60)

    def token(self, path: str = "/review/delegation/") -> str:
        """Return the token of the forms of a page."""
        found = _TOKEN.search(self.get(path).text)
        assert found, f"no form on {path}"
        return found[1]

    def post(self, path: str, fields: dict[str, Any], token: str | None = None) -> requests.Response:
        """Send a form, with a token of this session unless another is given."""
        sent = {"csrf_token": self.token() if token is None else token, **fields}
        return self._session.post(f"{self.base_url}{path}", data=sent, allow_redirects=False, timeout=60)
