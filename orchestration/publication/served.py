"""Which models are served, to whom, and which hold the content: read from the dbt manifest, where models declare it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.comparison import declaration
from orchestration.errors import WarehouseError

ACCESS = ("org_unit", "inside", "outside", "audience", "scope", "reader", "everyone", "none")
LAYER = "marts"
PAGES = "report"
LEDGERS = "quality"


class ServedModelError(WarehouseError):
    """A mart declares an access that does not exist, or none."""


@dataclass(frozen=True)
class ServedModel:
    """One mart: its name, whether it is a view, who may read its rows, and whether they are content.

    Content is what follows from deliveries and code alone. What tells of ledgers (checks, deliveries, publications)
    is not, nor are pages, which say in words what the content holds.
    """

    name: str
    is_view: bool
    access: str
    is_content: bool


def load(manifest: Path) -> tuple[ServedModel, ...]:
    """Return the marts of a dbt `manifest`, by name.

    Raises `ServedModelError` for a mart without `config.meta.access`: nothing is visible unless granted, and
    a forgotten line should be heard of.
    """
    told = json.loads(manifest.read_text())
    models = [n for n in told["nodes"].values() if n["resource_type"] == "model" and n["fqn"][1] == LAYER]
    # Statistics are marts that Python makes: dbt knows them as a source.
    models += [n for n in told["sources"].values() if n["source_name"] == declaration.SOURCE]
    telling = _telling_of_ledgers(told)
    return tuple(sorted((_served(node, telling) for node in models), key=lambda model: model.name))


def _telling_of_ledgers(manifest: dict[str, Any]) -> set[str]:
    """Return the ids of what reads the ledgers, directly or through others."""
    reached: set[str] = set()
    ahead = [key for key, source in manifest["sources"].items() if source["source_name"] == LEDGERS]
    while ahead:
        children = set(manifest["child_map"][ahead.pop()]) - reached
        reached |= children
        ahead += children
    return reached


def _served(node: dict[str, Any], telling: set[str]) -> ServedModel:
    access = node["config"].get("meta", {}).get("access")
    if access not in ACCESS:
        raise ServedModelError(
            f"{node['original_file_path']}: the mart {node['name']} declares access {access!r}; "
            f"give it `config: {{meta: {{access: ...}}}}` with one of {', '.join(ACCESS)}."
        )
    is_view = node["config"].get("materialized") == "view"
    is_page = PAGES in node["fqn"][1:-1]
    return ServedModel(node["name"], is_view, access, not (is_view or is_page or node["unique_id"] in telling))
