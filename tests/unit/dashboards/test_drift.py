"""What differs from what Superset holds: nothing after an import, the asset itself after any change to it."""

import copy
import io
import zipfile
from typing import Any

import pytest
import yaml

from dashboards import compile, drift
from tests.unit.dashboards.worked_page import worked_manifest, worked_specs

READER = "postgresql://cpw_reader:secret@127.0.0.1:5432/cpw"


@pytest.fixture
def assets() -> compile.Bundle:
    return compile.bundle(worked_specs(), worked_manifest(), READER)


@pytest.fixture
def held(assets: compile.Bundle) -> dict[str, Any]:
    """What Superset hands back of `assets`: its own numbers of charts, a hidden password, keys of its own."""
    found = {asset["uuid"]: copy.deepcopy(asset) for asset in assets.values()}
    for asset in found.values():
        if "sqlalchemy_uri" in asset:
            asset["sqlalchemy_uri"] = asset["sqlalchemy_uri"].replace("secret", "XXXXXXXXXX")
        if "params" in asset:
            asset["params"] |= {"datasource": "7__table", "annotation_layers": []}
        if "columns" in asset:
            asset["columns"].reverse()
        for part in asset.get("position", {}).values():
            if isinstance(part, dict) and part["type"] == "CHART":
                part["meta"]["chartId"] += 70
        for item in asset.get("metadata", {}).get("native_filter_configuration", []):
            item["scope"]["excluded"] = [number + 70 for number in item["scope"]["excluded"]]
        asset["owners"] = []
    return found


def asset_at(held: dict[str, Any], assets: compile.Bundle, path: str) -> Any:
    return held[assets[path]["uuid"]]


def test_imported_assets__do_not_differ(assets: compile.Bundle, held: dict[str, Any]) -> None:
    assert drift.differing(assets, held) == ()


def test_absent_asset__differs(assets: compile.Bundle, held: dict[str, Any]) -> None:
    held.pop(assets["charts/worked_table.yaml"]["uuid"])
    assert drift.differing(assets, held) == ("charts/worked_table.yaml",)


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("charts/worked_table.yaml", lambda asset: asset["params"].update(row_limit=5)),
        ("charts/worked_table.yaml", lambda asset: asset.update(slice_name="Renamed by hand")),
        ("charts/worked_table.yaml", lambda asset: asset["params"].update(adhoc_filters=[{"subject": "unit_label"}])),
        ("datasets/warehouse/rpt_worked.yaml", lambda asset: asset["columns"].append({"column_name": "extra"})),
        ("datasets/warehouse/rpt_worked.yaml", lambda asset: asset["columns"].pop()),
        ("dashboards/worked-page.yaml", lambda asset: asset["position"].update(extra={"type": "ROW"})),
        ("dashboards/worked-page.yaml", lambda asset: asset["metadata"]["label_colors"].update(You="#000000")),
        ("databases/warehouse.yaml", lambda asset: asset["extra"].update(per_user_caching=False)),
        (
            "databases/warehouse.yaml",
            lambda asset: asset.update(sqlalchemy_uri="postgresql+psycopg2://cpw_owner:x@127.0.0.1:5432/cpw"),
        ),
    ],
)
def test_changed_asset__differs(assets: compile.Bundle, held: dict[str, Any], path: str, change: Any) -> None:
    change(asset_at(held, assets, path))
    assert drift.differing(assets, held) == (path,)


def test_read_export__finds_assets_by_id(assets: compile.Bundle) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("export/metadata.yaml", yaml.safe_dump({"version": "1.0.0"}))
        for path, asset in assets.items():
            file.writestr(f"export/{path}", yaml.safe_dump(asset))
    assert drift.read_export(buffer.getvalue()) == {asset["uuid"]: asset for asset in assets.values()}
