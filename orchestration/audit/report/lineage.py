"""What each measure stands on, read from the graph of models in the dbt manifest."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Measure:
    """A measure with the tables that it depends on: raw tables of feeds and models between."""

    measure_id: str
    title: str
    plain_words: str
    tables: frozenset[str]


@dataclass(frozen=True)
class Lineage:
    """What the manifest says of measures and feeds; `feeds` are raw tables with their description."""

    measures: tuple[Measure, ...]
    feeds: dict[str, str]


def load(manifest: Path) -> Lineage:
    """Return the measures, by id, and the feeds, by name, of a dbt `manifest`."""
    told = json.loads(manifest.read_text())
    extracts = {key: node for key, node in told["sources"].items() if "extract" in node["config"].get("meta", {})}
    measures = [
        Measure(node["name"], declared["title"], declared["plain_words"], _tables(told["nodes"], extracts, key))
        for key, node in told["nodes"].items()
        if (declared := node["config"].get("meta", {}).get("measure"))
    ]
    return Lineage(
        measures=tuple(sorted(measures, key=lambda measure: measure.measure_id)),
        feeds={node["identifier"]: node["description"] for node in extracts.values()},
    )


def _tables(nodes: dict[str, Any], extracts: dict[str, Any], start: str) -> frozenset[str]:
    """Return the tables reached from a model, but for what a model on the way says not to follow.

    The macro `measure_feeds` walks in the same way, for the feeds alone.
    """
    reached, found = [start], set()
    # The list grows while it is read: what a model reads comes behind what was reached before.
    for key in reached:
        if key in extracts:
            found.add(str(extracts[key]["identifier"]))
        elif key in nodes:
            found.add(str(nodes[key]["name"]))
            passed_by = nodes[key]["config"].get("meta", {}).get("no_feed_through", [])
            parents = nodes[key].get("depends_on", {}).get("nodes", [])
            reached += [one for one in parents if one not in reached and one.rsplit(".", 1)[-1] not in passed_by]
    return frozenset(found)
