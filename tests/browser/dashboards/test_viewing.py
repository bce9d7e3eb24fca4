"""Who saw what, asked of the running server: recorded before it is shown, and told to those whom it is about."""

import re
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
import requests

from dashboards import specs
from dashboards.client import Client
from orchestration.access import decision
from orchestration.access.decision import Scope
from orchestration.postgres import connection
from tests.browser.dashboards.pages import SLUGS, Api
from tests.installations import RunningSuperset

pytestmark = pytest.mark.browser
HOUSE = specs.load()
ApiOf = Callable[[str], Api]
Ask = Callable[..., tuple[int, Any]]


@pytest.fixture(scope="module")
def administrator(superset: RunningSuperset) -> Client:
    return Client(superset.base_url, superset.admin, superset.admin_password)


@pytest.fixture(scope="module")
def ids(administrator: Client) -> dict[str, dict[str, int]]:
    """Return kind -> title -> Superset's number."""
    kinds = {"chart": "slice_name", "dataset": "table_name", "dashboard": "slug"}
    return {
        kind: {row[title]: row["id"] for row in administrator.call("GET", f"{kind}/?q=(page_size:200)")["result"]}
        for kind, title in kinds.items()
    }


@pytest.fixture(scope="module")
def owner(superset: RunningSuperset) -> Iterator[psycopg.Connection]:
    with connection.connect(superset.settings, autocommit=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def ask(api_of: ApiOf, ids: dict[str, dict[str, int]]) -> Ask:
    """Ask for a chart's data as a page would, with whatever is changed of the question."""

    def post(level: str, chart: str, columns: list[Any], *, form: str = "json", **query: Any) -> tuple[int, Any]:
        spec = HOUSE.charts[chart]
        return api_of(level).post(
            "chart/data",
            {
                "datasource": {"id": ids["dataset"][spec.dataset], "type": "table"},
                "form_data": {
                    "dashboardId": ids["dashboard"][SLUGS[level]], "slice_id": ids["chart"][spec.title]
                },
                "queries": [{"columns": columns, "row_limit": 1000, "metrics": [], "orderby": [], **query}],
                "result_format": form,
                "result_type": "full",
            },
        )  # fmt: skip

    return post


def last(owner: psycopg.Connection, user: str) -> dict[str, Any]:
    cursor = owner.execute(
        "select viewing_id, page, chart, dataset, action, is_cached, basis, org_unit_keys, role, person_name"
        " from access.viewing where user_name = %s order by viewing_id desc limit 1",
        [user],
    )
    row = cursor.fetchone()
    return dict(zip([column.name for column in cursor.description], row, strict=True)) if row else {"viewing_id": 0}


@pytest.fixture(scope="module")
def granted(owner: psycopg.Connection) -> Callable[[str], list[str]]:
    def units(user: str) -> list[str]:
        rows = owner.execute("select org_unit_key from access.reach_of(%s) order by 1", [user]).fetchall()
        return [row[0] for row in rows]

    return units


def test_answer__is_recorded_whether_it_was_kept_or_not(
    ask: Ask, owner: psycopg.Connection, superset: RunningSuperset, granted: Callable[[str], list[str]]
) -> None:
    user = superset.people["clinician"][0]
    # True of every row, and new to the cache.
    new = {"filters": [{"col": "measure_order", "op": ">", "val": -secrets.randbelow(10**6) - 101}]}
    seen = []
    for _ in range(2):
        status, body = ask("clinician", "measure_table", ["org_unit_key", "measure_title"], **new)
        assert status == 200, body
        seen.append(last(owner, user))
    assert seen[0]["viewing_id"] < seen[1]["viewing_id"]
    assert [one["is_cached"] for one in seen] == [False, True]
    for one in seen:
        chart = HOUSE.charts["measure_table"]
        assert (one["page"], one["chart"], one["dataset"]) == ("My practice", chart.title, chart.dataset)
        assert (one["action"], one["basis"], one["role"]) == ("shown", "rows", "clinician")
        assert set(one["org_unit_keys"]) <= set(granted(user)) and one["person_name"]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_download__is_recorded_as_one(
    ask: Ask, owner: psycopg.Connection, superset: RunningSuperset, form: str
) -> None:
    user = superset.people["department"][0]
    status, _ = ask("department", "records", ["carrier_label", "record_label"], form=form)
    found = last(owner, user)
    assert status == 200
    assert (found["action"], found["basis"]) == (f"downloaded as {form.upper()}", "rows")
    assert {key.split(":")[0] for key in found["org_unit_keys"]} <= {"post", "unattributed"} and found["org_unit_keys"]


def test_filter_values__are_recorded(ask: Ask, owner: psycopg.Connection, superset: RunningSuperset) -> None:
    status, body = ask("department", "measure_table", ["unit_label"])
    assert status == 200, body
    assert last(owner, superset.people["department"][0])["action"] == "filter values"


def test_units_named_by_the_filter__are_those_seen(
    ask: Ask, owner: psycopg.Connection, superset: RunningSuperset
) -> None:
    label, key = owner.execute(
        "select unit_label, org_unit_key from marts.rpt_unit where org_unit_key = any("
        " select org_unit_key from access.user_scope where user_name = %s)",
        [superset.people["department"][0]],
    ).fetchone()
    chosen = {"filters": [{"col": "unit_label", "op": "IN", "val": [label]}]}
    assert ask("department", "trend", ["month_on", "display_value"], **chosen)[0] == 200
    found = last(owner, superset.people["department"][0])
    assert (found["basis"], found["org_unit_keys"]) == ("filter", [key])


@pytest.mark.parametrize("is_forged", [False, True])
def test_units_that_cannot_be_told__are_all_that_were_granted(
    ask: Ask, owner: psycopg.Connection, superset: RunningSuperset, granted: Callable[[str], list[str]], is_forged: bool
) -> None:
    """Also where an expression calls itself the label of the unit, and says another's."""
    user = superset.people["executive"][0]
    label = owner.execute("select unit_label from marts.rpt_unit where org_unit_level = 'trust'").fetchone()[0]
    expression = f"left(month_label, 0) || '{label}'"
    forged = {"label": "unit_label", "sqlExpression": expression, "expressionType": "SQL"}
    status, body = ask("executive", "trend", [forged if is_forged else "month_on"])
    assert status == 200, body
    found = last(owner, user)
    assert (found["basis"], found["org_unit_keys"]) == ("all granted", granted(user))


def test_refused_question__is_no_viewing(ask: Ask, owner: psycopg.Connection, superset: RunningSuperset) -> None:
    before = last(owner, superset.people["clinician"][0])
    assert ask("clinician", "comparison", ["compared_label"])[0] in {403, 404}
    assert last(owner, superset.people["clinician"][0]) == before


def test_answer_that_cannot_be_recorded__is_not_given(
    ask: Ask, owner: psycopg.Connection, superset: RunningSuperset
) -> None:
    right = "execute on function access.record_viewing(text, text, text, text, text, boolean, text, text[], text[])"
    question = ("clinician", "measure_table", ["org_unit_key", "value_12m_text"])
    assert ask(*question)[0] == 200
    owner.execute(f"revoke {right} from cpw_viewing")
    try:
        for form in ("json", "csv"):
            status, body = ask(*question, form=form)
            assert status == 503
            assert "could not be recorded" in str(body) and "post:" not in str(body)
    finally:
        owner.execute(f"grant {right} to cpw_viewing")
    assert ask(*question)[0] == 200


@pytest.mark.parametrize("change", ["end", "suspend"])
def test_kept_answer__is_not_given_to_who_may_no_longer_see_it(
    ask: Ask, owner: psycopg.Connection, superset: RunningSuperset, change: str
) -> None:
    user, who = superset.people["executive"][0], {"by": "a test", "reason": "a test"}
    question = ("executive", "measure_table", ["org_unit_key", "value_12m_text"])
    new = {"filters": [{"col": "measure_order", "op": ">", "val": -secrets.randbelow(10**6) - 101}]}
    unit = owner.execute(
        "select min(org_unit_key) from marts.dim_org_unit where org_unit_key like 'post:%'"
    ).fetchone()[0]
    today = owner.execute("select access.today()").fetchone()[0]
    said = decision.grant(owner, Scope(user, unit, "executive", None, today, **who))
    number = int(said.split(":")[0].removeprefix("Scope "))
    try:
        for is_kept in (False, True):
            answer = ask(*question, **new)[1]["result"][0]
            assert unit in {row["org_unit_key"] for row in answer["data"]} and bool(answer["is_cached"]) is is_kept
        if change == "end":
            decision.end(owner, number, **who)
            answer = ask(*question, **new)[1]["result"][0]
            assert answer["data"] and unit not in {row["org_unit_key"] for row in answer["data"]}
        else:
            decision.suspend(owner, user, **who)
            assert ask(*question, **new)[1]["result"][0]["data"] == []
    finally:
        if change == "suspend":
            decision.restore(owner, user, **who)
            decision.end(owner, number, **who)
    assert ask(*question, **new)[1]["result"][0]["data"]


def test_clinician__sees_on_the_page_who_looked(ask: Ask, owner: psycopg.Connection, superset: RunningSuperset) -> None:
    """The lead of the department looks at the clinicians: each of them is told, and no other department's."""
    lead = superset.people["department"][0]
    assert ask("department", "comparison_table", ["compared_label", "value_12m_text"])[0] == 200
    name = owner.execute("select person_name from marts.person where user_name = %s", [lead]).fetchone()[0]
    seen = last(owner, lead)["org_unit_keys"]
    own = owner.execute(
        "select org_unit_key from access.user_scope where user_name = %s", [superset.people["clinician"][0]]
    ).fetchone()[0]
    status, body = ask("clinician", "viewings", ["org_unit_key", "viewer_label", "page_label"])
    told = body["result"][0]["data"]
    assert status == 200 and {row["org_unit_key"] for row in told} <= {own}
    assert any(row["viewer_label"].startswith(name) and row["page_label"] == "Department" for row in told) == (
        own in seen
    )


def test_auditor__sees_all_viewings(ask: Ask) -> None:
    status, body = ask("auditor", "viewings", ["viewer_label", "page_label"])
    assert status == 200
    assert len({row["page_label"] for row in body["result"][0]["data"]}) > 2


@pytest.mark.parametrize("door", ["form", "API"])
def test_guessing_of_passwords__is_stopped_for_the_account_alone(superset: RunningSuperset, door: str) -> None:
    def attempt(user: str, password: str) -> int:
        with requests.Session() as session:
            if door == "API":
                said = {"username": user, "password": password, "provider": "db"}
                return session.post(f"{superset.base_url}/api/v1/security/login", json=said, timeout=60).status_code
            page = session.get(f"{superset.base_url}/login/", timeout=60).text
            token = re.search(r'csrf_token[^>]*value="([^"]+)"', page)
            said = {"username": user, "password": password, "csrf_token": token[1] if token else ""}
            url = f"{superset.base_url}/login/"
            return session.post(url, data=said, timeout=60, allow_redirects=False).status_code

    # Each of the server's two processes counts for itself: of eleven, one has had six.
    answers = [attempt(f"guessed.{door}", "wrong") for _ in range(11)]
    assert answers[0] != 429 and 429 in answers
    assert attempt(f"another.{door}", "wrong") != 429
    if door == "API":
        assert attempt(*superset.people["auditor"]) == 200
