"""What a person tries who wants more than their own: every dataset, drill, sample, export, list and expression."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

import openpyxl
import pytest
import requests
from playwright.sync_api import BrowserContext

from dashboards import specs
from dashboards.client import Client
from dashboards.errors import DeployError
from dashboards.report_models import load
from dashboards.server.export import COLUMN
from orchestration import transform
from orchestration.postgres import connection
from tests.browser.dashboards.pages import ROLE_OF, SLUGS
from tests.installations import RunningSuperset
from tests.personas import WHOSE, Persona

pytestmark = pytest.mark.browser
HOUSE = specs.load()
People = list[tuple[Persona, Client]]
Numbers = dict[str, dict[str, int]]
# What only an administrator or an analyst with a database of their own may ask.
CLOSED = [
    "database/", "database/1", "database/1/schemas/", "database/1/tables/?q=(schema_name:marts)",
    "database/1/connection",
    "dataset/1", "saved_query/", "security/users/", "security/roles/", "security/permissions/",
    "security/permissions-resources/", "security/groups/", "assets/export/", "dashboard/export/?q=!(1)",
    "chart/export/?q=!(1)", "dataset/export/?q=!(1)", "database/export/?q=!(1)", "rowlevelsecurity/", "log/",
    "report/", "annotation_layer/", "css_template/", "sqllab/",
]  # fmt: skip
# Expressions that would read past the page: what they stand on is said beside each.
EXPRESSIONS = [
    "(select max(user_name) from marts.access_grant)",  # a query inside an expression
    "(select string_agg(rolname, ',') from pg_catalog.pg_roles)",
    "query_to_xml('select * from marts.performance', true, true, '')",  # a function that runs text as a query
    "table_to_xml('marts.performance', true, true, '')",
    "ts_rewrite('a'::tsquery, 'select ''a''::tsquery, ''b''::tsquery from marts.rpt_record')::text",
    "pg_read_file('/etc/passwd')",
    "lo_import('/etc/passwd')",
    "dblink('dbname=postgres', 'select 1')",
    "set_config('app.username', '{other}', false)",
    "set_config('role', 'cpw_owner', false)",
]


def whose(rows: list[dict[str, Any]]) -> set[str]:
    """Return the units of which rows were answered."""
    return {row[column] for row in rows for column in WHOSE if row.get(column)}


def own_pages(persona: Persona) -> list[str]:
    return [page.name for page in HOUSE.dashboards.values() if ROLE_OF[persona.level] in page.roles]


def one_chart_of_each_dataset(persona: Persona, kind: str | None = None) -> list[tuple[str, str]]:
    """Return (page, chart): a chart, of a kind, for each dataset on the pages that the persona may open."""
    found = {
        HOUSE.charts[chart].dataset: (page, chart)
        for page in own_pages(persona)
        for chart in HOUSE.dashboards[page].charts
        if kind in (None, HOUSE.charts[chart].kind)
    }
    return [*found.values()]


def question(numbers: Numbers, page: str, chart: str, query: dict[str, Any], **options: Any) -> dict[str, Any]:
    return {
        "datasource": {"id": numbers["dataset"][HOUSE.charts[chart].dataset], "type": "table"},
        "form_data": {"dashboardId": numbers["dashboard"][page], "slice_id": numbers["chart"][chart]},
        "queries": [{"row_limit": 200, **query}],
        "result_format": "json",
        "result_type": "full",
        **options,
    }


def ask(client: Client, asked: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Return the rows of an answer, or None where it is refused."""
    try:
        return client.call("POST", "chart/data", json=asked)["result"][0].get("data") or []
    except DeployError as error:
        assert any(f"with {status}" in str(error) for status in (400, 403, 404, 422)), error
        return None


def test_every_column_of_every_dataset__is_of_granted_units(
    people: People, numbers: Numbers, superset: RunningSuperset
) -> None:
    """A chart's question may be changed to ask for any column: the rows stay the person's own."""
    models = load(transform.manifest(superset.settings)).models
    answered = 0
    for persona, client in people:
        for page, chart in one_chart_of_each_dataset(persona):
            # Who looked at whom is told by the rules of `rpt_viewing`, which has tests of its own.
            if HOUSE.charts[chart].dataset == "rpt_viewing":
                continue
            columns = [*models[HOUSE.charts[chart].dataset].columns]
            for result_type in ("full", "samples", "drill_detail"):
                asked = question(numbers, page, chart, {"columns": columns}, result_type=result_type)
                rows = ask(client, asked) or []
                answered += bool(whose(rows))
                assert whose(rows) <= persona.grants.keys(), (persona.name, page, chart, result_type)
    assert answered > 50


@pytest.mark.parametrize("path", CLOSED)
def test_lists_and_exports_of_the_server__are_closed(people: People, path: str) -> None:
    for persona, client in people:
        try:
            answer = client.call("GET", path)
        except DeployError as error:
            assert any(f"with {status}" in str(error) for status in (401, 403, 404)), (persona.name, error)
        else:
            assert answer.get("result") in ([], None), (persona.name, path)


@pytest.mark.parametrize("kind", ["chart", "dashboard"])
@pytest.mark.parametrize("field", ["owners", "created_by", "changed_by", "roles"])
def test_whom_a_page_could_belong_to__tells_of_nobody_else(people: People, kind: str, field: str) -> None:
    told: list[str] = []
    for persona, client in people:
        try:
            found = client.call("GET", f"{kind}/related/{field}", params={"q": "(page_size:200)"})["result"]
        except DeployError as error:
            assert any(f"with {status}" in str(error) for status in (403, 404)), error
            continue
        assert len(found) <= (0 if field == "roles" else 1), (persona.name, found)
        told += [str(one["value"]) for one in found]
    # Each at most of the own account.
    assert len(told) == len({*told})


def test_filter_values_and_samples_of_datasets__are_closed(people: People, numbers: Numbers) -> None:
    """Pages ask for the values of a filter as they ask for a chart; the ways that know no page are shut."""
    for persona, client in people:
        for number in numbers["dataset"].values():
            for call in (
                ("GET", f"datasource/table/{number}/column/unit_label/values/"),
                ("GET", f"dataset/{number}/drill_info/"),
                ("POST", "sqllab/execute/"),
            ):
                options = {"json": {"database_id": 1, "sql": "select 1"}} if call[0] == "POST" else {}
                with pytest.raises(DeployError, match=r"with (401|403|404)"):
                    client.call(*call, **options)
                assert persona


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expression_that_reads_past_the_page__is_refused_or_tells_nothing(
    people: People, numbers: Numbers, expression: str
) -> None:
    other = next(persona.user_name for persona, _ in people if persona.name == "executive")
    for persona, client in people:
        page = own_pages(persona)[0]
        chart = HOUSE.dashboards[page].charts[0]
        written = expression.format(other=other)
        column = {"label": "told", "sqlExpression": written, "expressionType": "SQL"}
        for query in (
            {"columns": [column]},
            {"columns": ["publication_id"], "extras": {"where": f"({written}) is not null"}},
            {
                "columns": [],
                "metrics": [{"label": "told", "expressionType": "SQL", "sqlExpression": f"max({written})"}],
            },
        ):
            rows = ask(client, question(numbers, page, chart, query))
            assert not rows or "told" not in rows[0], (persona.name, query, rows)


def test_answers_from_the_cache__are_never_another_persons(people: People, numbers: Numbers) -> None:
    """The same question, one person right after the other, twice: each has the own rows, the second time kept."""
    for chart, page in (("definition", "measure-catalogue"), ("example", "measure-catalogue")):
        query = {"columns": ["measure_title"], "filters": [{"col": "measure_id", "op": "!=", "val": "of no measure"}]}
        if chart == "example":
            query["columns"] = ["org_unit_key"]
        asked = question(numbers, page, chart, query)
        first = {persona.name: ask(client, asked) for persona, client in people}
        for persona, client in people:
            again = client.call("POST", "chart/data", json=asked)["result"][0]
            assert (again["data"] or []) == first[persona.name], persona.name
            assert whose(again["data"] or []) <= persona.grants.keys()
        if chart == "example":
            kept = [name for name, rows in first.items() if rows]
            assert kept == [persona.name for persona, _ in people if persona.grants]
            assert len({json.dumps(first[name], sort_keys=True) for name in kept}) == len(kept)


@pytest.mark.parametrize("result_format", ["csv", "xlsx"])
def test_download__holds_the_rows_of_the_page_plainly_and_its_publication(
    people: People, numbers: Numbers, superset: RunningSuperset, result_format: str
) -> None:
    with connection.connect(superset.settings) as owner:
        (publication,) = owner.execute(
            "select publication_id || ', data to ' || data_to_on from marts.rpt_notice"
        ).fetchone()
    downloaded = 0
    for persona, client in people:
        for page, chart in one_chart_of_each_dataset(persona, "table"):
            asked = question(numbers, page, chart, {"columns": HOUSE.charts[chart].show["columns"]})
            rows = ask(client, asked)
            assert rows is not None
            if not rows:
                continue
            # Of a long one Superset would stream a CSV, past where it is made: how long it is says whoever asks.
            said = {"form_data": asked["form_data"] | {"row_limit": 1_000_000}, "result_format": result_format}
            heads, *cells = _download(client, asked | said)
            downloaded += 1
            assert heads[-1] == COLUMN and len(cells) == len(rows), (persona.name, page, chart)
            assert {line[-1] for line in cells} == {publication}
            assert not any("<div" in str(cell) or "<a " in str(cell) for line in cells for cell in line)
    assert downloaded > 20


def _download(client: Client, asked: dict[str, Any]) -> list[list[Any]]:
    content = client._send("POST", "chart/data", json=asked).content
    if asked["result_format"] == "csv":
        return [*csv.reader(io.StringIO(content.decode("utf-8-sig")))]
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    return [[*row] for row in sheet.iter_rows(values_only=True)]


@pytest.mark.parametrize("level", SLUGS)
def test_link_to_a_unit__leads_to_the_own_page_whatever_is_written_in_it(
    session_of: Callable[[str], BrowserContext], superset: RunningSuperset, level: str
) -> None:
    names = {"unit": "A & B 'quoted' (x:!t)", "measure": "Late starts"}
    answer = session_of(level).request.get(f"{superset.base_url}/chosen/", params=names, max_redirects=0)
    page, _, choice = answer.headers["location"].partition("?")
    assert (answer.status, page) == (302, f"/superset/dashboard/{SLUGS[level]}/")
    filters = HOUSE.dashboards[SLUGS[level]].filters
    written = unquote_plus(choice)
    assert ("A & B !'quoted!' (x:!!t)" in written) == any(item.column == "unit_label" for item in filters)
    assert ("'Late starts'" in written) == any(item.column == "measure_title" for item in filters)


def test_link_to_a_unit__asks_a_stranger_to_log_in(superset: RunningSuperset) -> None:
    answer = requests.get(f"{superset.base_url}/chosen/?unit=Surgery", allow_redirects=False, timeout=30)
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/login/")


def test_unit_in_a_table__opens_the_page_with_it_chosen(
    session_of: Callable[[str], BrowserContext], superset: RunningSuperset
) -> None:
    page = session_of("executive").new_page()
    page.goto(superset.base_url)
    page.get_by_role("tab", name="Measures and units").click()
    address = str(page.locator(".pvtTable .cpw-cell a").nth(1).get_attribute("href"))
    chosen = parse_qs(urlsplit(address).query)
    page.goto(superset.base_url + address)
    page.get_by_role("tab", name="One measure").click()
    heading = page.locator(".cpw-heading").inner_text()
    assert chosen["unit"][0] in heading and chosen["measure"][0] in heading
    page.close()
