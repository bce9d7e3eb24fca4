"""A person sees their own level and their own rows, whatever they ask Superset for."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
from playwright.sync_api import BrowserContext

from dashboards import specs
from orchestration.postgres import connection
from tests.browser.dashboards.pages import SLUGS, Api
from tests.installations import RunningSuperset

pytestmark = pytest.mark.browser
HOUSE = specs.load()
ApiOf = Callable[[str], Api]
OTHERS = {slug for level, slug in SLUGS.items() if level != "clinician"}


def query(
    numbers: dict[str, dict[str, int]], page: str, chart: str, columns: list[str], **options: Any
) -> dict[str, Any]:
    """Return a query of a chart's dataset as the page `page` would post it, with whatever `options` a forger adds."""
    return {
        "datasource": {"id": numbers["dataset"][HOUSE.charts[chart].dataset], "type": "table"},
        "form_data": {"dashboardId": numbers["dashboard"][page], "slice_id": numbers["chart"][chart]},
        "queries": [{"columns": columns, "row_limit": 1000, "metrics": [], "orderby": [], **options}],
        "result_format": "json",
        "result_type": "full",
    }


def rows(answer: tuple[int, Any]) -> list[dict[str, Any]]:
    status, body = answer
    assert status == 200, body
    return body["result"][0]["data"]


def units_granted(superset: RunningSuperset, level: str) -> set[str]:
    with connection.connect(superset.settings) as owner:
        found = owner.execute(
            "select org_unit_key from marts.access_grant where user_name = %s", [superset.people[level][0]]
        ).fetchall()
    return {row[0] for row in found}


@pytest.mark.parametrize("slug", sorted(OTHERS))
def test_clinician__cannot_open_another_level(
    session_of: Callable[[str], BrowserContext], superset: RunningSuperset, api_of: ApiOf, slug: str
) -> None:
    page = session_of("clinician").new_page()
    page.goto(f"{superset.base_url}/superset/dashboard/{slug}/")
    page.wait_for_load_state("networkidle")
    assert page.locator(".dashboard-component-chart-holder, .cpw-tile").count() == 0
    page.close()
    status, _ = api_of("clinician").get(f"dashboard/{slug}")
    assert status in {403, 404}


def test_lists__name_a_clinician_only_the_own_page(api_of: ApiOf) -> None:
    _, body = api_of("clinician").get("dashboard/")
    assert {page["slug"] for page in body["result"]} == {"my-practice", "measure-catalogue"}


@pytest.mark.parametrize("level", ["department", "division", "executive"])
def test_managers__may_open_data_quality(api_of: ApiOf, level: str) -> None:
    _, body = api_of(level).get("dashboard/")
    assert {page["slug"] for page in body["result"]} == {SLUGS[level], "data-quality", "measure-catalogue"}


def test_chart_of_another_level__is_refused(api_of: ApiOf, numbers: dict[str, dict[str, int]]) -> None:
    """Neither as a chart of the page it is on, nor smuggled onto the clinician's own page."""
    for page in ("department", "my-practice"):
        status, _ = api_of("clinician").post(
            "chart/data", query(numbers, page, "comparison", ["compared_label", "value_12m_text"])
        )
        assert status in {403, 404}


@pytest.mark.parametrize("level", ["clinician", "department", "division", "executive"])
def test_rows__are_those_granted(
    api_of: ApiOf, numbers: dict[str, dict[str, int]], superset: RunningSuperset, level: str
) -> None:
    found = rows(api_of(level).post("chart/data", query(numbers, SLUGS[level], "measure_table", ["org_unit_key"])))
    seen = {row["org_unit_key"] for row in found}
    assert seen and seen <= units_granted(superset, level)


def test_forged_filter__finds_no_row_of_another_unit(
    api_of: ApiOf, numbers: dict[str, dict[str, int]], superset: RunningSuperset
) -> None:
    with connection.connect(superset.settings) as owner:
        others = owner.execute(
            "select org_unit_key from marts.rpt_measure_summary where not org_unit_key = any(%s) limit 20",
            [sorted(units_granted(superset, "clinician"))],
        ).fetchall()
    wanted = [row[0] for row in others]
    assert wanted
    forged = [
        {"filters": [{"col": "org_unit_key", "op": "IN", "val": wanted}]},
        {"extras": {"where": f"org_unit_key = '{wanted[0]}'"}},
        {"extras": {"where": f"1 = 0) or (org_unit_key = '{wanted[0]}'"}},
    ]
    for options in forged:
        for chart in ("measure_table", "trend", "records", "peers"):
            answer = api_of("clinician").post(
                "chart/data", query(numbers, "my-practice", chart, ["org_unit_key"], **options)
            )
            assert answer[0] != 200 or rows(answer) == [], (chart, options)


def test_forged_name__is_not_believed(
    api_of: ApiOf, numbers: dict[str, dict[str, int]], superset: RunningSuperset
) -> None:
    """Setting the name that Postgres reads neither works nor shows anybody else's rows."""
    other = superset.people["executive"][0]
    where = f"set_config('app.username', '{other}', false) is not null"
    status, body = api_of("clinician").post(
        "chart/data",
        query(numbers, "my-practice", "measure_table", ["org_unit_key"], extras={"where": where}),
    )
    seen = {row["org_unit_key"] for row in body["result"][0]["data"] or []} if status == 200 else set()
    assert seen <= units_granted(superset, "clinician")
    assert status != 200 or not seen


def test_cache__does_not_leak_between_people(
    api_of: ApiOf, numbers: dict[str, dict[str, int]], superset: RunningSuperset
) -> None:
    """The same question of two people, one right after the other: each gets the own rows, from an own cache."""

    def ask(level: str) -> dict[str, Any]:
        # A filter that is true of every row: the same question for both, new to the cache.
        options = {"filters": [{"col": "measure_order", "op": ">", "val": -7}], "is_timeseries": False}
        status, body = api_of(level).post(
            "chart/data", query(numbers, SLUGS[level], "measure_table", ["org_unit_key"], **options)
        )
        assert status == 200, body
        return body["result"][0]

    first, first_again, second = ask("clinician"), ask("clinician"), ask("department")
    assert first_again["is_cached"], "the cache is off: this test proves nothing"
    assert first_again["data"] == first["data"]
    assert {row["org_unit_key"] for row in first["data"]} <= units_granted(superset, "clinician")
    assert {row["org_unit_key"] for row in second["data"]} <= units_granted(superset, "department")
    assert not second["is_cached"]
    assert second["data"] != first["data"]


def test_records__are_not_kept_in_the_cache(api_of: ApiOf, numbers: dict[str, dict[str, int]]) -> None:
    question = query(numbers, "my-practice", "records", ["record_id"])
    answers = [api_of("clinician").post("chart/data", question)[1]["result"][0] for _ in range(2)]
    assert answers[0]["data"] and not answers[1]["is_cached"]


@pytest.mark.parametrize("level", SLUGS)
def test_sql_lab_and_lists_of_people__are_closed(api_of: ApiOf, level: str) -> None:
    api = api_of(level)
    for path in ("database/", "security/users/", "security/roles/"):
        assert api.get(path)[0] in {403, 404}, path
    assert api.post("sqllab/execute/", {"database_id": 1, "sql": "select 1"})[0] in {403, 404}


def test_peers__have_no_name_and_no_key(api_of: ApiOf, numbers: dict[str, dict[str, int]]) -> None:
    """All that a clinician can ask about colleagues is where their points are."""
    columns = ["org_unit_key", "unit_label", "point_kind", "point_number", "colleague_value"]
    found = rows(api_of("clinician").post("chart/data", query(numbers, "my-practice", "peers", columns)))
    own = {row["unit_label"] for row in found if row["point_kind"] == "You"}
    assert {row["unit_label"] for row in found} == own


def test_log_in__is_not_undone_by_events_of_the_log_in_page(superset: RunningSuperset) -> None:
    """The answer to an anonymous event must not carry a session: it would overwrite that of the log-in."""
    with requests.Session() as stranger:
        stranger.get(f"{superset.base_url}/login/", timeout=30)
        answer = stranger.post(f"{superset.base_url}/superset/log/", data={"events": "[]"}, timeout=30)
    assert answer.status_code == 204
    assert "Set-Cookie" not in answer.headers
