"""Every chart of every page, asked as every persona over HTTP, is what the marts hold for that person and no more."""
# What people said is shown to whom it concerns: by whom is worked out in tests/integration/test_said_beside_figures.py.

from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from bench import questions
from dashboards import specs
from dashboards.client import Client
from dashboards.errors import DeployError
from dashboards.server.identity import connection_options
from orchestration import transform
from orchestration.postgres import connection
from orchestration.publication import served
from orchestration.settings import Settings
from tests.browser.dashboards.pages import ROLE_OF
from tests.installations import RunningSuperset
from tests.personas import Persona, expected_where, relation
from tests.said import say

pytestmark = pytest.mark.browser
HOUSE = specs.load()
ALL_ROWS = 100_000
# As a page always has a measure chosen: the records behind all of them are more than one answer may hold.
CHOSEN = {"measure_title": "Finished spells"}


# Who looked at whom changes with every question.
OF_THE_MOMENT = {"rpt_viewing"}


@pytest.fixture(scope="module", autouse=True)
def said(people: list[tuple[Persona, Client]], numbers: dict[str, dict[str, int]], superset: RunningSuperset) -> None:
    """Let the clinician, the lead and the director say something, for charts to show: they do so at once."""
    # Their answers of before are kept by then.
    for persona, client in people:
        for page in HOUSE.dashboards.values():
            if ROLE_OF[persona.level] in page.roles and "trend" in page.charts:
                asked = questions.of_page(page, HOUSE, CHOSEN)["trend"]
                client.call("POST", "chart/data", json=_question(numbers, page.name, "trend", asked))
    settings, by_name = superset.settings, {persona.name: persona for persona, _ in people}
    with connection.connect(settings, autocommit=True) as owner:
        (month_on,) = owner.execute("select max(month_on) from marts.dim_month where is_complete").fetchone()
        (post,) = sorted(by_name["clinician"].grants)[-1:]
        records = owner.execute(
            "select record_type, record_id from marts.review_record as r where org_unit_key = %s and not exists"
            " (select from review.dispute as d where (d.record_type, d.record_id) = (r.record_type, r.record_id))"
            " and not exists"
            " (select from review.confirmation as c where (c.record_type, c.record_id) = (r.record_type, r.record_id))"
            " order by occurred_on desc limit 3",
            [post],
        ).fetchall()
        department = next(key for key in by_name["clinical lead"].grants if key.startswith("department:"))
        # Not the last month: tests of the review pages, on the same Superset, have that one signed.
        month_before = (month_on - timedelta(days=1)).replace(day=1)
        (signed,) = owner.execute(
            "select max(act_id) from review.sign_off where org_unit_key = %s and month_on = %s",
            [department, month_before],
        ).fetchone()
    clinician, lead = by_name["clinician"].user_name, by_name["clinical lead"].user_name
    series = ("finished_spells", month_on)
    for said in ("Said once", "Said again"):
        say(settings, clinician, "comment_on", post, *series, "comment", said)
    say(settings, lead, "comment_on", department, *series, "special cause", "A <b>ward</b> closed.")
    by_on = date.today() + timedelta(days=300)
    say(settings, lead, "propose_objective", department, "dna_rate", Decimal("0.05"), by_on, lead, "Write earlier.")
    say(settings, lead, "sign_off", department, month_before, "All right.", signed)
    for record in records[:2]:
        say(settings, clinician, "confirm", *record)
    say(settings, clinician, "dispute", *records[2], "wrong code", None, "See the letter.", None)


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
                    if dataset in OF_THE_MOMENT:
                        continue
                    body = client.call("POST", "chart/data", json=_question(numbers, page.name, name, asked))
                    for query, result in zip(asked, body["result"], strict=True):
                        seen = Counter(_normal(row.values()) for row in result["data"])
                        if access[dataset] == "reader":
                            expected = _told(superset.settings, persona, dataset, query)
                        else:
                            expected = _expected(owner, persona, dataset, access[dataset], query)
                        compared += 1
                        with_rows += bool(seen)
                        if seen != expected:
                            wrong.append(
                                f"{persona.name}, {page.name}, {name}: {seen.total()} rows, not {expected.total()};"
                                f" shown alone {[*(seen - expected)][:2]}, expected alone {[*(expected - seen)][:2]}"
                            )
    print("\n".join(wrong))
    print(f"{compared} questions of {len(people)} personas, {with_rows} with rows")
    assert wrong == []
    assert compared > 180 and with_rows > 130


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
    return _ask(owner, relation(persona, table), query, known, where, parameters)


def _told(settings: Settings, persona: Persona, table: str, query: dict[str, Any]) -> "Counter[tuple[Any, ...]]":
    """Return what a view that decides by itself tells the persona, who is granted every unit that it names."""
    # A name with blanks comes to the database only as Superset writes it.
    options = connection_options(persona.user_name, (settings.secrets / "access_key").read_text())
    with connection.connect(settings, "reader", options=options, autocommit=True) as reader:
        cursor = reader.execute(f"select * from marts.{table} limit 0")
        known = {column.name for column in cursor.description or ()}
        named = {row[0] for row in reader.execute(f"select distinct org_unit_key from marts.{table}")}
        assert named <= {*persona.grants, None}, (persona.name, table)
        return _ask(reader, f"marts.{table}", query, known, "true", {})


def _ask(
    asking: psycopg.Connection,
    rows_of: str,
    query: dict[str, Any],
    known: set[str],
    where: str,
    parameters: dict[str, object],
) -> "Counter[tuple[Any, ...]]":
    """Return what a connection finds in some rows (SQL), asked as a chart asks."""
    columns = [column if isinstance(column, str) else column["label"] for column in query["columns"]]
    metrics = [f"{one['aggregate']}({one['column']['column_name']})" for one in query.get("metrics", [])]
    # A choice on top of a page means nothing to a chart whose rows have no such column.
    for number, one in enumerate(one for one in query["filters"] if one["col"] in known):
        where += f" and {one['col']} = any(%(filter_{number})s)"
        parameters[f"filter_{number}"] = one["val"]
    grouped = f" group by {', '.join(columns)}" if metrics and columns else ""
    # The names are those of our own specs, proven against the contracts.
    rows = asking.execute(f"select {', '.join([*columns, *metrics])} from {rows_of} where {where}{grouped}", parameters)
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
