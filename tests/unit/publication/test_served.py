"""What is content, by the manifest: stored, no page, and not from the ledgers, however far above."""

import json
from pathlib import Path

import pytest

from orchestration.publication import served


def model(name: str, *folders: str, materialized: str = "table") -> dict:
    return {
        "resource_type": "model", "name": name, "unique_id": f"model.house.{name}", "original_file_path": "x",
        "fqn": ["house", "marts", *folders, name], "config": {"materialized": materialized, "meta": {"access": "none"}},
    }  # fmt: skip


def source(name: str, table: str) -> dict:
    return {
        "resource_type": "source", "name": table, "source_name": name, "unique_id": f"source.house.{name}.{table}",
        "original_file_path": "x", "fqn": ["house", "marts", name, table], "config": {"meta": {"access": "none"}},
    }  # fmt: skip


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    models = [
        model("figures"), model("shown", materialized="view"), model("rpt_page", "report"), model("trust"),
        model("of_trust"), model("report"),
    ]  # fmt: skip
    sources = [source("quality", "check_result"), source("statistics", "limits"), source("pas", "patient")]
    children = {
        "source.house.quality.check_result": ["model.house.trust", "model.house.rpt_page"],
        "model.house.trust": ["model.house.of_trust", "test.house.not_null"],
        "model.house.of_trust": [], "model.house.rpt_page": [], "test.house.not_null": [],
    }  # fmt: skip
    told = {
        "nodes": {node["unique_id"]: node for node in models},
        "sources": {node["unique_id"]: node for node in sources},
        "child_map": children,
    }
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(told))
    return path


def test_content__follows_from_deliveries_and_code_alone(manifest: Path) -> None:
    found = {of.name: of.is_content for of in served.load(manifest)}
    assert found == {
        "figures": True, "limits": True, "shown": False, "rpt_page": False, "trust": False, "of_trust": False,
        "report": True,
    }  # fmt: skip


def test_view_on_names__is_not_for_the_analyst(tmp_path: Path) -> None:
    """Postgres asks for every column that a view reads with its reader's rights, whichever of them is asked for."""

    def shown(name: str, *below: str, access: str = "org_unit") -> dict:
        told = model(name, "report", materialized="view")
        told["config"]["meta"]["access"] = access
        return {**told, "depends_on": {"nodes": [f"model.house.{table}" for table in below]}}

    named = model("unit")
    named["columns"] = {
        "label": {"name": "label", "config": {"meta": {"names_person": True}}},
        "unit_key": {"name": "unit_key", "config": {}},
    }
    models = [
        named, model("figures"), shown("on_names", "unit"), shown("further_up", "figures", "on_names"),
        shown("on_figures", "figures"), shown("of_owner", "unit", access="reader"),
    ]  # fmt: skip
    nodes = {node["unique_id"]: node for node in models}
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({"nodes": nodes, "sources": {}, "child_map": {}}))
    found = {of.name: (of.is_for_analyst, of.names_person) for of in served.load(path)}
    assert found == {
        "unit": (True, ("label",)), "figures": (True, ()), "on_names": (False, ()), "further_up": (False, ()),
        "on_figures": (True, ()), "of_owner": (True, ()),
    }  # fmt: skip
