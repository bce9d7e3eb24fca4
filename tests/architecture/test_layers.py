"""The layers of the dbt project, proven from its manifest: nothing skips one, everything served says its grain."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestration import transform
from orchestration.extract import contracts
from orchestration.settings import Settings

MAY_READ = {
    "staging": set(),
    "intermediate": {"staging", "intermediate", "seed"},
    "measures": {"intermediate", "seed"},
    "marts": {"measures", "intermediate", "marts"},
}
IDENTIFIERS = re.compile(r"nhs_number|local_patient|postcode|birth|(^|_)name_of_patient")


@pytest.fixture(scope="module")
def manifest(new_installation: Any) -> dict[str, Any]:
    settings: Settings = new_installation()
    return json.loads(transform.manifest(settings).read_text())


def models(manifest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (node for node in manifest["nodes"].values() if node["resource_type"] == "model")


def layer(node: dict[str, Any]) -> str:
    return str(node["fqn"][1]) if node["resource_type"] == "model" else str(node["resource_type"])


def test_models__read_no_layer_but_the_one_below(manifest: dict[str, Any]) -> None:
    wrong = []
    for model in models(manifest):
        for parent_id in model["depends_on"]["nodes"]:
            if parent_id.startswith("source."):
                source = manifest["sources"][parent_id]["source_name"]
                own = layer(model) == "staging" and model["fqn"][2] == source
                made_by_python = {
                    ("intermediate", "identity"),
                    ("marts", "access"),
                    ("marts", "quality"),
                    ("marts", "review_shown"),
                    ("marts", "statistics"),
                }
                kept = (layer(model), source) in made_by_python
                # Only the figures start from those of the last publication; nothing else may depend on what was before.
                before = (model["name"], source) == ("performance", "publication")
                if not (own or kept or before):
                    wrong.append((model["name"], parent_id))
            elif layer(manifest["nodes"][parent_id]) not in MAY_READ[layer(model)]:
                wrong.append((model["name"], parent_id))
    assert not wrong


def test_served_views__stand_on_marts_alone(manifest: dict[str, Any]) -> None:
    """A view on a table below would fall with that table when the next run builds it anew."""
    wrong = [
        (model["name"], parent_id)
        for model in models(manifest)
        if layer(model) == "marts" and model["config"]["materialized"] == "view"
        for parent_id in model["depends_on"]["nodes"]
        if not parent_id.startswith("source.") and layer(manifest["nodes"][parent_id]) != "marts"
    ]
    assert not wrong


# What people say in the review loop is a source too, and comes in no extract.
SAID = {"stg_review__confirmation", "stg_review__dispute", "stg_review__rebase"}


def test_staging__is_one_model_for_each_extract(manifest: dict[str, Any]) -> None:
    staging = {model["name"] for model in models(manifest) if layer(model) == "staging"}
    assert staging == {f"stg_{contract.name}" for contract in contracts.load()} | SAID


def test_models__say_their_grain_first(manifest: dict[str, Any]) -> None:
    silent = [
        model["name"]
        for model in models(manifest)
        if not re.match(r"(One|A) (single )?row", model["description"].strip().split(".")[0])
    ]
    assert not silent


def test_served_marts__have_enforced_contracts_and_described_columns(manifest: dict[str, Any]) -> None:
    wrong = [
        model["name"]
        for model in models(manifest)
        if layer(model) == "marts"
        and not (
            model["config"]["contract"]["enforced"]
            and model["columns"]
            and all(column["description"] for column in model["columns"].values())
        )
    ]
    assert not wrong


def test_identifiers__end_at_intermediate(manifest: dict[str, Any]) -> None:
    wrong = [
        (model["name"], column)
        for model in models(manifest)
        if layer(model) in {"measures", "marts"}
        for column in model["columns"]
        if IDENTIFIERS.search(column)
    ]
    assert not wrong


def test_measures__are_one_sql_and_one_yaml_with_unit_tests(manifest: dict[str, Any]) -> None:
    tested = {test["model"] for test in manifest["unit_tests"].values()}
    for model in models(manifest):
        if layer(model) != "measures":
            continue
        measure = model["config"]["meta"]["measure"]
        assert measure["title"] and measure["plain_words"] and measure["source"], model["name"]
        assert Path(model["original_file_path"]).stem == model["name"]
        assert Path(model["patch_path"].split("://")[1]).stem == model["name"]
        assert model["name"] in tested, f"{model['name']} has no unit test"


def test_dashboards__each_have_an_exposure(manifest: dict[str, Any]) -> None:
    titles = {exposure["label"] for exposure in manifest["exposures"].values()}
    assert {"My practice", "Department", "Division", "Executive", "Data quality"} <= titles


def test_sql__averages_no_rate(manifest: dict[str, Any]) -> None:
    """Rates are summed numerators over summed denominators, at every level."""
    found = [
        model["name"]
        for model in models(manifest)
        if layer(model) in {"measures", "marts"} and re.search(r"\bavg\s*\(", model["raw_code"], re.IGNORECASE)
    ]
    assert not found


def test_dialect__stays_in_macros(manifest: dict[str, Any]) -> None:
    """A dialect's own construct lives in a dispatched macro, so that the models can move to another engine."""
    dialect = re.compile(r"::\w|\bilike\b|\bdistinct on\b|\blateral\b|~\s*'|\bgenerate_series\b|\bat time zone\b", re.I)
    found = {
        model["name"]: match.group(0)
        for model in models(manifest)
        if (match := dialect.search(re.sub(r"{[{%#].*?[}%#]}|--[^\n]*", "", model["raw_code"], flags=re.DOTALL)))
    }
    assert not found
