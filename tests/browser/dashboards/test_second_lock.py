"""With the database's row level security gone, Superset's own rules still show each person what they may see."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import sql

from bench import questions
from dashboards import report_models, rules, specs
from dashboards.client import Client
from orchestration import installation, transform
from orchestration.postgres import connection
from orchestration.publication import readers
from tests.browser.dashboards.pages import ROLE_OF
from tests.installations import RunningSuperset
from tests.personas import Persona

pytestmark = pytest.mark.browser
HOUSE = specs.load()
People = list[tuple[Persona, Client]]
Numbers = dict[str, dict[str, int]]
Open = Callable[[], AbstractContextManager[None]]
_TABLES = "select relname from pg_class where relnamespace = 'marts'::regnamespace and relrowsecurity order by 1"
_VIEWS = """
select relname from pg_class
where relnamespace = 'marts'::regnamespace and 'security_invoker=true' = any(reloptions) order by 1
"""
# What measures count is for everybody of the house: no department of the synthetic trust has a measure of its own.
_SAME_FOR_ALL = {"rpt_case_mix_model", "rpt_measure"}


@pytest.fixture
def opened(superset: RunningSuperset) -> Open:
    """Take the database's lock off all served tables and views, as if published without it, and put it back."""

    @contextmanager
    def open_all() -> Iterator[None]:
        with connection.connect(superset.settings, autocommit=True) as owner:
            tables = [row[0] for row in owner.execute(_TABLES)]
            views = [row[0] for row in owner.execute(_VIEWS)]
            assert len(tables) > 10 and len(views) > 5
            try:
                for table in tables:
                    alter(owner, "alter table marts.{} disable row level security", table)
                for view in views:
                    alter(owner, "alter view marts.{} set (security_invoker = false)", view)
                yield
            finally:
                for table in tables:
                    alter(owner, "alter table marts.{} enable row level security", table)
                for view in views:
                    alter(owner, "alter view marts.{} set (security_invoker = true)", view)

    return open_all


def alter(owner: psycopg.Connection, statement: str, name: str) -> None:
    owner.execute(sql.SQL(statement).format(sql.Identifier(name)))


def shown(people: People, numbers: Numbers, datasets: set[str]) -> dict[tuple[str, str, str], "Counter[str]"]:
    """Return persona, page and chart -> the rows that are answered, asked of the database and not of the cache."""
    found = {}
    for persona, client in people:
        for page in HOUSE.dashboards.values():
            if ROLE_OF[persona.level] not in page.roles:
                continue
            for name, asked in questions.of_page(page, HOUSE, {"measure_title": "Finished spells"}).items():
                if HOUSE.charts[name].dataset not in datasets:
                    continue
                body = client.call(
                    "POST",
                    "chart/data",
                    json={
                        "datasource": {"id": numbers["dataset"][HOUSE.charts[name].dataset], "type": "table"},
                        "form_data": {
                            "dashboardId": numbers["dashboard"][page.name],
                            "slice_id": numbers["chart"][name],
                        },
                        "queries": [query | {"row_limit": 100_000, "orderby": []} for query in asked],
                        "result_format": "json",
                        "result_type": "full",
                        "force": True,
                    },
                )
                rows = [json.dumps(row, sort_keys=True) for result in body["result"] for row in result["data"]]
                found[persona.name, page.name, name] = Counter(rows)
    return found


def test_rules__are_deployed_for_everybody_and_mended(superset: RunningSuperset, administrator: Client) -> None:
    models = report_models.load(transform.manifest(superset.settings))
    wanted = rules.clauses(HOUSE, models, readers.rows)

    def held() -> dict[str, dict[str, Any]]:
        return {row["name"]: row for row in administrator.list_all("rowlevelsecurity/", order="name")}

    deployed = held()
    assert {row["tables"][0]["table_name"]: row["clause"] for row in deployed.values()} == wanted
    assert {(row["filter_type"], len(row["roles"]), len(row["tables"])) for row in deployed.values()} == {
        ("Base", 0, 1)
    }
    changed, gone, *_ = deployed.values()
    administrator.call("PUT", f"rowlevelsecurity/{changed['id']}", json={**_whole(changed), "clause": "true"})
    administrator.call("DELETE", f"rowlevelsecurity/{gone['id']}")
    for name in ("Warehouse: rows of a former dataset", "Made by hand"):
        administrator.call("POST", "rowlevelsecurity/", json={**_whole(changed), "name": name, "clause": "1 = 1"})
    try:
        assert "0 removed, 3 rules," in installation.deploy(superset.settings)
        mended = held()
        assert mended.keys() == deployed.keys() | {"Made by hand"}
        assert {name: mended[name]["clause"] for name in deployed} == {n: row["clause"] for n, row in deployed.items()}
        assert "nothing to change" in installation.deploy(superset.settings)
    finally:
        administrator.call("DELETE", f"rowlevelsecurity/{held()['Made by hand']['id']}")


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    """Return all of a rule: what a change leaves out of it is taken away."""
    tables = [table["id"] for table in row["tables"]]
    return {"name": row["name"], "filter_type": "Base", "tables": tables, "roles": [], "clause": row["clause"]}


def test_tables_without_their_policies_and_views_with_owners_rights__show_each_person_the_same_rows(
    people: People, numbers: Numbers, superset: RunningSuperset, administrator: Client, opened: Open
) -> None:
    models = report_models.load(transform.manifest(superset.settings))
    ruled = set(rules.clauses(HOUSE, models, readers.rows))
    both_locks = shown(people, numbers, ruled)
    with opened():
        second_alone = shown(people, numbers, ruled)
        for row in [*administrator.list_all("rowlevelsecurity/", order="name")]:
            administrator.call("DELETE", f"rowlevelsecurity/{row['id']}")
        try:
            no_lock = shown([people[0], *people[-2:]], numbers, ruled)
        finally:
            installation.deploy(superset.settings)
    assert [key for key, rows in second_alone.items() if rows != both_locks[key]] == []
    assert len(second_alone) > 120 and sum(map(bool, second_alone.values())) > 80
    # Without the rules the same questions show others' rows: it was they that kept them back.
    more = {(key[0], HOUSE.charts[key[2]].dataset) for key, rows in no_lock.items() if rows - both_locks[key]}
    of_clinician = {HOUSE.charts[chart].dataset for who, _, chart in both_locks if who == "clinician"}
    assert {dataset for who, dataset in more if who == "clinician"} == of_clinician - _SAME_FOR_ALL, more
    assert {who for who, _ in more} == {"clinician", "stranger", "forged name"}
