"""Which models are served, and to whom: read from the dbt manifest, where each model declares its access."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.comparison import declaration
from orchestration.errors import WarehouseError

ACCESS = ("org_unit", "inside", "outside", "audience", "scope", "everyone", "none")
LAYER = "marts"


class ServedModelError(WarehouseError):
    """A mart declares an access that does not exist, or none."""


@dataclass(frozen=True)
class ServedModel:
    """One mart: its name, whether it is a view, and who may read its rows."""

    name: str
    is_view: bool
    access: str


def load(manifest: Path) -> tuple[ServedModel, ...]:
    """Return the marts of a dbt `manifest`, by name.

    Raises `ServedModelError` for a mart without `config.meta.access`: nothing is visible unless granted, and
    a forgotten line should be heard of.
    """
    told = json.loads(manifest.read_text())
    models = [n for n in told["nodes"].values() if n["resource_type"] == "model" and n["fqn"][1] == LAYER]
    # Statistics are marts that Python makes: dbt knows them as a source.
    models += [n for n in told["sources"].values() if n["source_name"] == declaration.SOURCE]
    return tuple(sorted((_served(node) for node in models), key=lambda model: model.name))


def _served(node: dict[str, Any]) -> ServedModel:
    access = node["config"].get("meta", {}).get("access")
    if access not in ACCESS:
        raise ServedModelError(
            f"{node['original_file_path']}: the mart {node['name']} declares access {access!r}; "
            f"give it `config: {{meta: {{access: ...}}}}` with one of {', '.join(ACCESS)}."
        )
    return ServedModel(node["name"], node["config"].get("materialized") == "view", access)
