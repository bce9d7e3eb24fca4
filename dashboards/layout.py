"""The layout of a page: rows of charts and texts as Superset's tree of positions."""

from collections.abc import Iterable
from typing import Any

from dashboards import identifiers
from dashboards.errors import SpecError
from dashboards.specs import Dashboard, Row, Specs

COLUMNS = 12
Position = dict[str, Any]


def chart_numbers(dashboard: Dashboard) -> dict[str, int]:
    """Return chart -> its number within the page; Superset's import exchanges these for its own ids."""
    return {name: number for number, name in enumerate(dict.fromkeys(dashboard.charts), start=1)}


def positions(dashboard: Dashboard, specs: Specs) -> Position:
    """Return the tree of the page: root, grid, rows, tabs, parts. Raises `SpecError` for a row wider than the page."""
    tree: Position = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": [], "parents": ["ROOT_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": dashboard.title}},
    }
    parents = ["ROOT_ID", "GRID_ID"]
    _add_rows(tree, dashboard, specs, _with_links(dashboard, specs), parents)
    if dashboard.tabs:
        tabs_id = identifiers.position("TABS", dashboard.name)
        tree["GRID_ID"]["children"].append(tabs_id)
        tree[tabs_id] = {"type": "TABS", "id": tabs_id, "children": [], "parents": parents, "meta": {}}
        for tab in dashboard.tabs:
            tab_id = identifiers.position("TAB", dashboard.name, tab.title)
            tree[tabs_id]["children"].append(tab_id)
            tree[tab_id] = {
                "type": "TAB",
                "id": tab_id,
                "children": [],
                "parents": [*parents, tabs_id],
                "meta": {"text": tab.title, "defaultText": "Tab title", "placeholder": "Tab title"},
            }
            _add_rows(tree, dashboard, specs, tab.rows, [*parents, tabs_id, tab_id])
    return tree


def _add_rows(tree: Position, dashboard: Dashboard, specs: Specs, rows: Iterable[Row], parents: list[str]) -> None:
    """Add rows with their parts to the tree, below the last of `parents`."""
    inside = parents[-1]
    for number, row in enumerate(rows):
        width = sum(part["width"] for part in row)
        if width > COLUMNS:
            raise SpecError(f"Dashboard {dashboard.name}: a row is {width} columns wide; a page has {COLUMNS}.")
        row_id = identifiers.position("ROW", dashboard.name, inside, number)
        parts = [_part(dashboard, specs, part, [*parents, row_id]) for part in row]
        tree[inside]["children"].append(row_id)
        tree[row_id] = {
            "type": "ROW",
            "id": row_id,
            "children": [part["id"] for part in parts],
            "parents": parents,
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
        tree |= {part["id"]: part for part in parts}


def _with_links(dashboard: Dashboard, specs: Specs) -> Iterable[Row]:
    """Return the rows on top, the first filled up with links to other pages: people have no menu of them."""
    if not dashboard.links:
        return dashboard.rows
    first, *others = dashboard.rows
    pages = [(specs.dashboards[name].title, name) for name in dashboard.links if name in specs.dashboards]
    text = "See also: " + " · ".join(f"[{title}](/superset/dashboard/{name}/)" for title, name in pages)
    links = {"text": text, "width": COLUMNS - sum(part["width"] for part in first), "height": first[0]["height"]}
    return [(*first, links), *others]


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
