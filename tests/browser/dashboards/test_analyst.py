"""An analyst opens the pages of a unit's leader, and no chart, list of choices or download there names a clinician."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from bench import questions
from dashboards import compile as compiler
from dashboards import report_models, specs
from dashboards.client import Client
from orchestration import transform
from tests import names
from tests.browser.dashboards.pages import ROLE_OF
from tests.installations import BuiltWarehouse, RunningSuperset
from tests.personas import Persona

pytestmark = pytest.mark.browser
HOUSE = specs.load()
People = list[tuple[Persona, Client]]
Numbers = dict[str, dict[str, int]]
Question = tuple[str, dict[str, Any]]
LEADERS_PAGES = [page for page in HOUSE.dashboards.values() if ROLE_OF["department"] in page.roles]


@pytest.fixture(scope="module")
def named(superset: RunningSuperset) -> re.Pattern[str]:
    return names.of_people(BuiltWarehouse(superset.settings, superset.settings.extracts))


def asked(numbers: Numbers, superset: RunningSuperset) -> Iterator[Question]:
    """Yield all that the pages of a department's leader ask, every column that they could, and every download."""
    models = report_models.load(transform.manifest(superset.settings)).models
    for page in LEADERS_PAGES:
        for name, queries in questions.of_page(page, HOUSE, {}).items():
            of_chart = {"dashboardId": numbers["dashboard"][page.name], "slice_id": numbers["chart"][name]}
            dataset = HOUSE.charts[name].dataset
            columns = [{"columns": [*models[dataset].columns], "row_limit": 2000}]
            yield f"{page.name}, {name}", question(numbers, dataset, of_chart, queries)
            yield f"{page.name}, {name}, all columns", question(numbers, dataset, of_chart, columns)
            for query in queries:
                download = question(numbers, dataset, of_chart, [query], result_format="csv")
                yield f"{page.name}, {name}, download", download
        for item in page.filters:
            of_filter = {
                "dashboardId": numbers["dashboard"][page.name],
                "type": "NATIVE_FILTER",
                "native_filter_id": compiler.filter_id(page, item.name),
            }
            choices = [{"columns": [item.column], "row_limit": 10_000}]
            yield f"{page.name}, choices of {item.name}", question(numbers, item.dataset, of_filter, choices)


def question(
    numbers: Numbers, dataset: str, form_data: dict[str, Any], queries: list[dict[str, Any]], **options: Any
) -> dict[str, Any]:
    return {
        "datasource": {"id": numbers["dataset"][dataset], "type": "table"},
        "form_data": form_data,
        "queries": queries,
        "result_format": "json",
        "result_type": "full",
        **options,
    }


def naming(
    client: Client, numbers: Numbers, superset: RunningSuperset, pattern: re.Pattern[str]
) -> tuple[dict[str, str], int, int]:
    """Return question -> whom its answer names, how many were asked, and how many were answered with rows."""
    found: dict[str, str] = {}
    count, with_rows = 0, 0
    for what, posted in asked(numbers, superset):
        content = client._send("POST", "chart/data", json=posted).content.decode()
        rows = content
        if posted["result_format"] == "json":
            results = json.loads(content)["result"]
            rows = "\n".join(str(cell) for result in results for row in result["data"] for cell in row.values())
        count += 1
        with_rows += bool(rows)
        if hit := pattern.search(names.readable(rows)):
            found[what] = hit[0]
    return found, count, with_rows


def test_nothing_on_the_pages_of_an_analyst__names_a_clinician(
    people: People, numbers: Numbers, superset: RunningSuperset, named: re.Pattern[str]
) -> None:
    by_name = {persona.name: client for persona, client in people}
    found, count, with_rows = naming(by_name["analyst"], numbers, superset, named)
    assert found == {}
    assert count > 100 and with_rows > 80
    # The same questions name clinicians to the one who leads a department: there is something to be found.
    to_the_lead = {what.split(",")[-1] for what in naming(by_name["clinical lead"], numbers, superset, named)[0]}
    assert {" all columns", " download", " choices of Department or clinician"} <= to_the_lead, to_the_lead
