"""What a rule is: one question to one table, who answers for it and what to do when the answer is no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, get_args

Gate = Literal["raw", "entities", "marts"]
Severity = Literal["critical", "warning"]
Dimension = Literal["completeness", "validity", "uniqueness", "consistency", "timeliness", "accuracy"]
GATES: tuple[Gate, ...] = get_args(Gate)
SEVERITIES: tuple[str, ...] = get_args(Severity)
DIMENSIONS: tuple[str, ...] = get_args(Dimension)

# Tables that exist only while a gate runs (see batch.py): the state of each feed; the columns of all tables.
FEED_TABLE = "feed"
COLUMNS_TABLE = "all_tables"
# What a rule endangers that no measure could stand without.
ALL_MEASURES = ("all",)


class RuleError(ValueError):
    """A rule is declared wrongly; the message names the file, the rule and the key."""


class Column(Protocol):
    """What we read of a contract's column."""

    name: str
    sensitivity: str | None


class Contract(Protocol):
    """What we read of the contract of an extract."""

    source: str
    table: str
    delivery_kind: str
    business_key: Sequence[str]
    columns: Sequence[Any]

    @property
    def name(self) -> str:
        """Name of the raw table without its schema, such as `pas__patient`."""


@dataclass(frozen=True)
class Kind:
    """Arguments of one kind of rule: name -> type; `needs_column` when it asks about one column."""

    required: Mapping[str, type]
    optional: Mapping[str, type] = field(default_factory=dict)
    needs_column: bool = False


_SHARE = {"at_most": float}

# `at_most` is the share of failing rows, 0 to 1, that is still accepted (default 0).
KINDS: Mapping[str, Kind] = {
    "not_null": Kind({}, _SHARE, needs_column=True),
    "between": Kind({}, {"minimum": float, "maximum": float, **_SHARE}, needs_column=True),
    "matches": Kind({"pattern": str}, _SHARE, needs_column=True),
    "does_not_match": Kind({"pattern": str}, _SHARE, needs_column=True),
    "not_in_set": Kind({"values": list}, _SHARE, needs_column=True),
    "ordered": Kind({"earlier": str, "later": str}, _SHARE),
    "unique": Kind({"columns": list}),
    # Rows of the table for which `where` holds, among those for which `among` holds (default: all).
    "rows": Kind({"where": str}, {"among": str, **_SHARE}),
    # Any query; each row that it returns is a failure. `{batch}` is the table, `{schema}` the gate's schema, and the
    # name of an extract in braces its current rows, which need an alias. Great Expectations gives a served table an
    # alias of its own, except in a query with a join: there, give it one.
    "query": Kind({"query": str}, {"needs": str, **_SHARE}),
    # Values that are not found in column `to` (table.column), those in `except` apart.
    "reference": Kind({"to": str}, {"except": list, **_SHARE}, needs_column=True),
    # Of the last 28 days, those on which fewer than half as many rows as usual on that weekday have `day`, a column.
    "usual_days": Kind({"day": str}, {"among": str, **_SHARE}),
    # As `rows`, but the rows are `table_name`, `column_name` of every table in the gate's schema.
    "column_names": Kind({"where": str}),
    # One figure of one feed (see batch.feed_state); derived only.
    "feed": Kind({"feed": str}, {"minimum": float, "maximum": float}, needs_column=True),
}


# Kinds of rules that tell which records failed them (see failing.py).
KINDS_OF_RECORDS = ("rows", "query")


@dataclass(frozen=True)
class Record:
    """What a row of an entity is called where a figure is traced: its type, or the column that tells it, and its id."""

    id_column: str
    record_type: str | None = None
    type_column: str | None = None


@dataclass(frozen=True)
class Rule:
    """One rule. `rule_id` is lower case with underscores, unique over all gates.

    `table_name` has no schema: that is the gate's (`raw`, `intermediate`, or the served marts about to be published).
    `endangers` are the measures that a failure makes doubtful, where the rule says so itself; None: those that stand on
    the table (see endangered.py). `record` is what its rows are, where they are records that count in measures.
    """

    rule_id: str
    gate: Gate
    table_name: str
    column_name: str | None
    kind: str
    arguments: Mapping[str, Any]
    dimension: Dimension
    severity: Severity
    owner: str
    description: str
    what_to_do: str
    endangers: tuple[str, ...] | None = None
    record: Record | None = None

    @property
    def batch_name(self) -> str:
        """The table that is asked: that of the feeds' state or of all columns for their kinds, else its own."""
        return {"feed": FEED_TABLE, "column_names": COLUMNS_TABLE}.get(self.kind, self.table_name)
