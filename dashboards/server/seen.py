"""What an answer shows: about which units, from which dataset, shown or downloaded, from the cache or not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from dashboards import specs

# Columns that say whose a row is, by key and by label. Rows of these are of others than the chosen unit.
_KEY = "org_unit_key"
_KEYS = {"rpt_dispute": "carrier_org_unit_key", "rpt_objective": "carrier_org_unit_key"}
_LABELS = {
    "rpt_comparison": "compared_label",
    "rpt_dispute": "carrier_label",
    "rpt_objective": "carrier_label",
    "rpt_record": "carrier_label",
}
_LABEL = "unit_label"
# About who looked and what waits for a decision, not about figures.
_OF_NO_UNIT = {"rpt_decision", "rpt_viewing"}
_NAMED = {"IN", "=="}
# From the surest to the least sure; of several queries the least sure counts.
BASES = ("no unit", "rows", "filter", "all granted")


@dataclass
class Seen:
    """What one request was answered with, gathered over its queries."""

    dataset: str | None = None
    form_data: Mapping[str, Any] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)
    basis: str = BASES[0]
    is_cached: bool = True
    are_choices: bool = True
    action: str = "shown"

    def add(self, context: Any, query: Any, payload: Mapping[str, Any]) -> None:  # noqa: ANN401 - Superset's own
        """Add the rows of a query, wherever they came from; all three are Superset's, `payload` has the frame."""
        source = context.datasource
        self.dataset = getattr(source, "table_name", None)
        self.form_data = context.form_data or self.form_data
        self.is_cached &= bool(payload.get("is_cached"))
        self.are_choices &= _are_choices(query)
        self.action = _action(context, query)
        basis, keys, labels = whose(self.dataset or "", source.column_names, query, payload["df"])
        self.keys |= keys
        self.labels |= labels
        self.basis = max(self.basis, basis, key=BASES.index)


def whose(
    dataset: str,
    columns: Iterable[str],
    query: Any,  # noqa: ANN401
    frame: Any,  # noqa: ANN401
) -> tuple[str, set[str], set[str]]:
    """Return how sure it is about which units the rows of a query are, their keys and their labels.

    Only a plain column counts: an expression could call itself by the name of one, and so could any column after a step
    of post-processing, which is the asker's as well.
    """
    if dataset in _OF_NO_UNIT or not {_KEY, _LABEL}.intersection(columns) or not len(frame.index):
        return "no unit", set(), set()
    key, label = _KEYS.get(dataset, _KEY), _LABELS.get(dataset, _LABEL)
    plain = {column for column in query.columns if isinstance(column, str) and not query.post_processing}
    named = {name: _values(query.filter, name) for name in (key, _LABEL, label)}
    keys, labels = named[key], named[_LABEL] | named[label]
    basis = "filter" if named[key] or named[label] else "all granted"
    for column, found in ((key, keys), (label, labels)):
        if column in plain and column in frame.columns:
            found.update(str(value) for value in frame[column].dropna().unique())
            basis = "rows"
    return basis, keys, labels


def _values(filters: Sequence[Mapping[str, Any]], column: str) -> set[str]:
    """Return what the filters of a query let through of a column."""
    found: set[str] = set()
    for item in filters or []:
        if item.get("col") == column and str(item.get("op")).upper().rsplit(".", 1)[-1] in {*_NAMED, "EQUALS"}:
            value = item.get("val")
            found.update(str(one) for one in (value if isinstance(value, list | tuple | set) else [value]))
    return found


@cache
def _choices() -> frozenset[str]:
    """Return the columns that pages let people choose from; asked for alone, they show no figure."""
    return frozenset(item.column for page in specs.load().dashboards.values() for item in page.filters)


def _are_choices(query: Any) -> bool:  # noqa: ANN401
    """Tell whether a query asks for nothing but what a filter lets people choose from."""
    expressions = any((query.extras or {}).get(part) for part in ("where", "having"))
    asked = [*query.columns, *(query.metrics or [])]
    are_plain = all(isinstance(one, str) for one in asked)
    return are_plain and not expressions and bool(query.columns) and set(query.columns) <= _choices()


def _action(context: Any, query: Any) -> str:  # noqa: ANN401
    form = str(getattr(context.result_format, "value", context.result_format))
    kind = query.result_type or context.result_type
    if form in {"csv", "xlsx"}:
        return f"downloaded as {form.upper()}"
    return "samples" if str(getattr(kind, "value", kind)) in {"samples", "drill_detail"} else "shown"
