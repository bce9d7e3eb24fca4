"""Makes Superset's own row level security repeat the database's on each dataset: a second lock on the same rows."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dashboards.client import Client
from dashboards.report_models import Manifest
from dashboards.specs import Specs

# Which rows a reader is given, as SQL: of a declared access and further units; none where the model decides by itself.
Rows = Callable[[str | None, Sequence[str]], str | None]

_NAME = "Warehouse: rows of "
_ALL_ROWS = "true"


def clauses(specs: Specs, manifest: Manifest, rows: Rows) -> dict[str, str]:
    """Return dataset -> the condition of its rule. A dataset that everyone may read whole has none."""
    found = {
        name: rows(manifest.models[name].access, manifest.models[name].further_units) for name in sorted(specs.datasets)
    }
    return {name: clause for name, clause in found.items() if clause not in (None, _ALL_ROWS)}


def apply(client: Client, wanted: Mapping[str, str], numbers: Mapping[str, int]) -> int:
    """Make Superset's rules those of `clauses` and no others of ours; return how many changed.

    `numbers` are Superset's own numbers of the datasets. A rule has no id of ours, so it is found by its name; one that
    somebody made under another name stays: two rules narrow, neither widens the other.
    """
    # A base filter holds for everybody but the roles it names, and it names none: nobody is let past by another role.
    rules = {
        f"{_NAME}{dataset}": {
            "filter_type": "Base", "tables": [numbers[dataset]], "roles": [], "group_key": None, "clause": clause
        }
        for dataset, clause in wanted.items()
    }  # fmt: skip
    changed = 0
    for row in [*client.list_all("rowlevelsecurity/", order="name")]:
        if not row["name"].startswith(_NAME):
            continue
        rule = rules.pop(row["name"], None)
        if rule is None:
            client.call("DELETE", f"rowlevelsecurity/{row['id']}")
        elif _held(row) != rule:
            client.call("PUT", f"rowlevelsecurity/{row['id']}", json=rule)
        else:
            continue
        changed += 1
    for name, rule in rules.items():
        client.call("POST", "rowlevelsecurity/", json={"name": name, **rule})
    return changed + len(rules)


def _held(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule as Superset holds it, in the shape in which it is written."""
    numbers = {kind: sorted(item["id"] for item in row[kind]) for kind in ("tables", "roles")}
    return {
        "filter_type": row["filter_type"], **numbers, "group_key": row["group_key"] or None, "clause": row["clause"]
    }  # fmt: skip
