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
# Of these a view shows by itself what is the reader's, of tables that the reader cannot read, or shows all or nothing.
_OWNERS_RIGHTS = ("everyone", "reader", "none")


class ServedModelError(WarehouseError):
    """A mart declares an access that does not exist, or none."""


@dataclass(frozen=True)
class ServedModel:
    """One mart: its name, whether it is a view, who may read its rows, and whether they are content.

    `further_units` are its columns of other units, which must be granted to the reader of a row too; `names_person` are
    those that name people, which the analyst does not read, nor a view (`is_for_analyst`) that cannot be read without.

    Content is what follows from deliveries and code alone. What tells of ledgers (checks, deliveries, publications)
    is not, nor are pages, which say in words what the content holds.
    """

    name: str
    is_view: bool
    access: str
    is_content: bool
    further_units: tuple[str, ...] = ()
    names_person: tuple[str, ...] = ()
    is_for_analyst: bool = True

    @property
    def has_rights_of_reader(self) -> bool:
        """Whether it is a view that reads the tables below it as whoever reads the view."""
        return self.is_view and self.access not in _OWNERS_RIGHTS


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
    return tuple(sorted((_served(node, telling, told) for node in models), key=lambda model: model.name))


def _telling_of_ledgers(manifest: dict[str, Any]) -> set[str]:
    """Return the ids of what reads the ledgers, directly or through others."""
    reached: set[str] = set()
    ahead = [key for key, source in manifest["sources"].items() if source["source_name"] == LEDGERS]
    while ahead:
        children = set(manifest["child_map"][ahead.pop()]) - reached
        reached |= children
        ahead += children
    return reached


def _served(node: dict[str, Any], telling: set[str], told: dict[str, Any]) -> ServedModel:
    declared = node["config"].get("meta", {})
    access = declared.get("access")
    if access not in ACCESS:
        raise ServedModelError(
            f"{node['original_file_path']}: the mart {node['name']} declares access {access!r}; "
            f"give it `config: {{meta: {{access: ...}}}}` with one of {', '.join(ACCESS)}."
        )
    is_view = _is_view(node)
    is_page = PAGES in node["fqn"][1:-1]
    return ServedModel(
        name=node["name"],
        is_view=is_view,
        access=access,
        is_content=not (is_view or is_page or node["unique_id"] in telling),
        further_units=tuple(declared.get("further_units", ())),
        names_person=_naming(node),
        is_for_analyst=not (_reads_as_reader(node) and _needs_names(node, told)),
    )


def _is_view(node: dict[str, Any]) -> bool:
    return bool(node["config"].get("materialized") == "view")


def _reads_as_reader(node: dict[str, Any]) -> bool:
    return _is_view(node) and node["config"].get("meta", {}).get("access") not in _OWNERS_RIGHTS


def _naming(node: dict[str, Any]) -> tuple[str, ...]:
    columns = node.get("columns", {}).values()
    return tuple(column["name"] for column in columns if column["config"].get("meta", {}).get("names_person"))


def _needs_names(node: dict[str, Any], told: dict[str, Any]) -> bool:
    """Tell whether a mart names people, or is a view on one that does, which Postgres would ask for."""
    below = [key for key in node.get("depends_on", {}).get("nodes", ()) if _reads_as_reader(node)]
    return bool(_naming(node)) or any(_needs_names({**told["nodes"], **told["sources"]}[key], told) for key in below)
