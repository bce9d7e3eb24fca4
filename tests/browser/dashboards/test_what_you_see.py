"""Every chart of every page, asked as every persona over HTTP, is what the marts hold for that person and no more."""

from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from bench import questions
from dashboards import specs
from dashboards.client import Client
from dashboards.errors import DeployError
from orchestration import transform
from orchestration.postgres import connection
from orchestration.publication import served
from tests.browser.dashboards.pages import ROLE_OF
from tests.installations import RunningSuperset
from tests.personas import Persona, expected_where

pytestmark = pytest.mark.browser
HOUSE = specs.load()
ALL_ROWS = 100_000
# As a page always has a measure chosen: the records behind all of them are more than one answer may hold.
CHOSEN = {"measure_title": "Finished spells"}


def test_every_chart__shows_each_persona_what_the_marts_hold_for_them(
    people: list[tuple[Persona, Client]], numbers: dict[str, dict[str, int]], superset: RunningSuperset
) -> None:
    access = {model.name: model.access for model in served.load(transform.manifest(superset.settings))}
    wrong, compared, with_rows = [], 0, 0
    with connection.connect(superset.settings, autocommit=True) as owner:
        for persona, client in people:
            for page in HOUSE.dashboards.values():
                if ROLE_OF[persona.level] not in page.roles:
                    continue
                for name, asked in questions.of_page(page, HOUSE, CHOSEN).items():
                    dataset = HOUSE.charts[name].dataset
                    if access[dataset] == "reader":
                        continue
                    body = client.call("POST", "chart/data", json=_question(numbers, page.name, name, asked))
                    for query, result in zip(asked, body["result"], strict=True):
                        seen = Counter(_normal(row.values()) for row in result["data"])
                        expected = _expected(owner, persona, dataset, access[dataset], query)
                        compared += 1
                        with_rows += bool(seen)
                        if seen != expected:
                            wrong.append(f"{persona.name}, {page.name}, {name}: {seen.total()}, not {expected.total()}")
    print("\n".join(wrong))
    print(f"{compared} questions of {len(people)} personas, {with_rows} with rows")
    assert wrong == []
    assert compared > 150 and with_rows > 100


def test_pages_of_other_levels__answer_nobody(
    people: list[tuple[Persona, Client]], numbers: dict[str, dict[str, int]]
) -> None:
    """Neither by the page, nor by any chart of it, nor smuggled onto a page of one's own."""
    asked = 0
    for persona, client in people:
        own = next(page.name for page in HOUSE.dashboards.values() if ROLE_OF[persona.level] in page.roles)
        may_ask = {
            name for page in HOUSE.dashboards.values() if ROLE_OF[persona.level] in page.roles for name in page.charts
        }
        for page in HOUSE.dashboards.values():
            if ROLE_OF[persona.level] in page.roles:
                continue
            with pytest.raises(DeployError, match=r"with (403|404)"):
                client.call("GET", f"dashboard/{page.name}")
            for name, queries in questions.of_page(page, HOUSE, {}).items():
                places = [page.name] if name in may_ask else [page.name, own]
                for place in places:
                    asked += 1
                    with pytest.raises(DeployError, match=r"with (403|404)"):
                        client.call("POST", "chart/data", json=_question(numbers, place, name, queries))
    assert asked > 100


def _question(numbers: dict[str, dict[str, int]], page: str, chart: str, asked: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "datasource": {"id": numbers["dataset"][HOUSE.charts[chart].dataset], "type": "table"},
        "form_data": {"dashboardId": numbers["dashboard"][page], "slice_id": numbers["chart"][chart]},
        "queries": [query | {"row_limit": ALL_ROWS, "orderby": []} for query in asked],
        "result_format": "json",
        "result_type": "full",
    }


def _expected(
    owner: psycopg.Connection, persona: Persona, table: str, access: str, query: dict[str, Any]
) -> "Counter[tuple[Any, ...]]":
    """Return what the owner of the marts finds for the persona by the rules of `tests.personas`."""
    known = {
        row[0]
        for row in owner.execute(
            "select attname::text from pg_catalog.pg_attribute"
            " where attrelid = to_regclass('marts.' || %s) and attnum > 0 and not attisdropped",
            [table],
        )
    }
    where, parameters = expected_where(persona, access, known)
    columns = [column if isinstance(column, str) else column["label"] for column in query["columns"]]
    metrics = [f"{one['aggregate']}({one['column']['column_name']})" for one in query.get("metrics", [])]
    # A choice on top of a page means nothing to a chart whose rows have no such column.
    for number, one in enumerate(one for one in query["filters"] if one["col"] in known):
        where += f" and {one['col']} = any(%(filter_{number})s)"
        parameters[f"filter_{number}"] = one["val"]
    grouped = f" group by {', '.join(columns)}" if metrics and columns else ""
    # The names are those of our own specs, proven against the contracts.
    rows = owner.execute(
        f"select {', '.join([*columns, *metrics])} from marts.{table} where {where}{grouped}", parameters
    )
    return Counter(_normal(row) for row in rows)


def _normal(values: Any) -> tuple[Any, ...]:
    """Return a row as it can be compared with one that came as JSON."""
    return tuple(_value(value) for value in values)


def _value(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, datetime):
        return _value(value.timestamp() * 1000)
    if isinstance(value, date):
        return (value - date(1970, 1, 1)).days * 86_400_000
    if isinstance(value, int | float | Decimal):
        return float(f"{float(value):.9g}")
    return str(value)
