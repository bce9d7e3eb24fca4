"""Deploying to a real Superset: a second time changes nothing, drift is mended, only our own leftovers go."""

import pytest

from dashboards import compile, identifiers, specs
from dashboards.client import Client
from orchestration import installation
from tests.installations import RunningSuperset

pytestmark = pytest.mark.browser
TITLES = {"dashboard": "dashboard_title", "chart": "slice_name", "dataset": "table_name"}


@pytest.fixture(scope="module")
def client(superset: RunningSuperset) -> Client:
    return Client(superset.base_url, superset.admin, superset.admin_password)


def test_list__of_several_pages_has_every_row_once(client: Client) -> None:
    ids = [row["id"] for row in client.list_all("security/permissions-resources/")]
    assert len(ids) > 200
    assert len(set(ids)) == len(ids) == client.call("GET", "security/permissions-resources/")["count"]


def test_second_deploy__changes_nothing(superset: RunningSuperset, client: Client) -> None:
    def state() -> dict[str, str]:
        return {
            row["uuid"]: row["changed_on_utc"]
            for kind, title in TITLES.items()
            for row in client.list_all(f"{kind}/", order=title)
        }

    before = state()
    assert "nothing to change" in installation.deploy(superset.settings)
    assert state() == before


def test_change_by_hand__is_mended(superset: RunningSuperset, client: Client) -> None:
    title = specs.load().charts["trend"].title
    uuid = identifiers.identify("chart", "trend")
    found = client.call("GET", f"chart/{uuid}")["result"]
    client.call("PUT", f"chart/{found['id']}", json={"slice_name": "Renamed by hand"})
    assert "1 assets written" in installation.deploy(superset.settings)
    assert client.call("GET", f"chart/{uuid}")["result"]["slice_name"] == title


def test_leftover_of_ours__goes_and_what_was_made_by_hand_stays(superset: RunningSuperset, client: Client) -> None:
    dataset = client.call("GET", f"dataset/{identifiers.identify('dataset', 'rpt_trend')}")["result"]
    by_hand = client.call(
        "POST",
        "chart/",
        json={
            "slice_name": "Made by hand",
            "viz_type": "table",
            "datasource_id": dataset["id"],
            "datasource_type": "table",
        },
    )["id"]
    leftover = str(identifiers.identify("chart", "dropped_from_the_specs"))
    client.upload(
        "assets/import/",
        compile.archive(
            {
                "charts/leftover.yaml": {
                    "slice_name": "Leftover",
                    "uuid": leftover,
                    "dataset_uuid": str(identifiers.identify("dataset", "rpt_trend")),
                    "viz_type": "table",
                    "params": {"viz_type": "table"},
                    "version": compile.VERSION,
                },
                **_dataset_and_database(client),
            }
        ),
        {},
    )
    try:
        assert "1 removed" in installation.deploy(superset.settings)
        names = {row["slice_name"] for row in client.list_all("chart/", order="slice_name")}
        assert "Made by hand" in names and "Leftover" not in names
    finally:
        client.call("DELETE", f"chart/{by_hand}")


def _dataset_and_database(client: Client) -> compile.Bundle:
    """Return the dataset and the database as Superset holds them: a bundle must hold what its charts stand on."""
    from dashboards import drift

    held = drift.read_export(client.download("assets/export/"))
    return {
        "datasets/warehouse/rpt_trend.yaml": held[str(identifiers.identify("dataset", "rpt_trend"))],
        "databases/warehouse.yaml": held[str(identifiers.identify("database", compile.DATABASE))],
    }
