"""Which measures a rule endangers: those that it names, or else those that stand on its table by dbt's lineage."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from expectations.rules.rule import ALL_MEASURES, Gate, Rule, RuleError

# Where the tables of a gate stand in the manifest: their layer, or the sources that Python fills.
_LAYER: Mapping[Gate, str] = {"entities": "intermediate", "marts": "marts"}
# From its factors Python tells what is expected of a record, so no measure reads it.
_CASE_MIX = "int_case_mix"


def by_rule(rules: Sequence[Rule], manifest: Path) -> dict[str, tuple[str, ...]]:
    """Return for each rule the ids of the measures that its failure makes doubtful, in their order.

    A measure stands on all that it is made from, and one with a case-mix model on the factors of that; a mart endangers
    the measures that it is made from. `manifest` is dbt's. Raises `RuleError` where a rule names a measure that does
    not exist.
    """
    told = json.loads(manifest.read_text(encoding="utf-8"))
    nodes = {**told["nodes"], **told["sources"]}
    tables = {_place(node): key for key, node in nodes.items() if _place(node)}
    factors = _reached(tables["entities", _CASE_MIX], nodes)
    measures, below = {}, {}
    for key, node in nodes.items():
        definition = node["config"].get("meta", {}).get("measure")
        if definition is not None:
            measures[node["name"]] = key
            below[node["name"]] = _reached(key, nodes) | (factors if "case_mix" in definition else set())
    found = {}
    for rule in rules:
        if rule.endangers is not None:
            if rule.endangers == ALL_MEASURES:
                found[rule.rule_id] = tuple(sorted(measures))
                continue
            if unknown := sorted(set(rule.endangers) - set(measures)):
                raise RuleError(f"Rule {rule.rule_id}: key endangers names {unknown[0]}, which is no measure.")
            found[rule.rule_id] = tuple(sorted(rule.endangers))
            continue
        key = tables.get((rule.gate, rule.table_name))
        made_from = _reached(key, nodes) if key and rule.gate == "marts" else set()
        found[rule.rule_id] = tuple(
            name for name in sorted(measures) if key in below[name] or measures[name] in made_from
        )
    return found


def _reached(start: str, nodes: Mapping[str, Any]) -> set[str]:
    """Return all that a node is made from, as the macro `measure_feeds` walks: not through what says it passes by."""
    reached = [start]
    for key in reached:
        node = nodes.get(key, {})
        passed_by = node.get("config", {}).get("meta", {}).get("no_feed_through", ())
        for parent in node.get("depends_on", {}).get("nodes", ()):
            if parent not in reached and parent.rsplit(".", 1)[-1] not in passed_by:
                reached.append(parent)
    return set(reached)


def _place(node: Mapping[str, Any]) -> tuple[Gate, str] | None:
    """Return gate and table of a node, if a gate asks it."""
    if node["resource_type"] == "source":
        is_extract = "extract" in node["config"].get("meta", {})
        return ("raw", f"{node['source_name']}__{node['name']}") if is_extract else None
    if node["resource_type"] != "model":
        return None
    return next(((gate, node["name"]) for gate, layer in _LAYER.items() if node["fqn"][1] == layer), None)
