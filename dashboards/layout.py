"""The layout of a page: rows of charts and texts as Superset's tree of positions."""

from typing import Any

from dashboards import identifiers
from dashboards.errors import SpecError
from dashboards.specs import Dashboard, Specs

COLUMNS = 12
Position = dict[str, Any]


def chart_numbers(dashboard: Dashboard) -> dict[str, int]:
    """Return chart -> its number within the page; Superset's import exchanges these for its own ids."""
    return {name: number for number, name in enumerate(dict.fromkeys(dashboard.charts), start=1)}


def positions(dashboard: Dashboard, specs: Specs) -> Position:
    """Return the tree of the page: root, grid, rows, parts. Raises `SpecError` for a row wider than the page."""
    row_ids = [identifiers.position("ROW", dashboard.name, number) for number in range(len(dashboard.rows))]
    tree: Position = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": row_ids, "parents": ["ROOT_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": dashboard.title}},
    }
    for row_id, row in zip(row_ids, dashboard.rows, strict=True):
        width = sum(part["width"] for part in row)
        if width > COLUMNS:
            raise SpecError(f"Dashboard {dashboard.name}: a row is {width} columns wide; a page has {COLUMNS}.")
        parents = ["ROOT_ID", "GRID_ID"]
        parts = [_part(dashboard, specs, part, [*parents, row_id]) for part in row]
        tree[row_id] = {
            "type": "ROW",
            "id": row_id,
            "children": [part["id"] for part in parts],
            "parents": parents,
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
        tree |= {part["id"]: part for part in parts}
    return tree


def _part(dashboard: Dashboard, specs: Specs, part: dict[str, Any], parents: list[str]) -> Position:
    size = {"width": part["width"], "height": part["height"]}
    if "text" in part:
        return {
            "type": "MARKDOWN",
            "id": identifiers.position("MARKDOWN", dashboard.name, part["text"]),
            "children": [],
            "parents": parents,
            "meta": size | {"code": part["text"].strip()},
        }
    chart = specs.charts[part["chart"]]
    title = {"sliceNameOverride": part["title"]} if "title" in part else {}
    return {
        "type": "CHART",
        "id": identifiers.position("CHART", dashboard.name, chart.name),
        "children": [],
        "parents": parents,
        "meta": size
        | title
        | {
            "chartId": chart_numbers(dashboard)[chart.name],
            "uuid": str(identifiers.identify("chart", chart.name)),
            "sliceName": chart.title,
        },
    }
