"""From the rules of one table to the expectations that Great Expectations runs."""

from collections.abc import Mapping, Sequence
from typing import Any

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.row_conditions import Column

from expectations import question
from expectations.expectation import ExpectUnexpectedRowShareToBeAtMost
from expectations.rules.rule import Rule

_OF_ONE_COLUMN: Mapping[str, tuple[type[Expectation], Mapping[str, str]]] = {
    # kind -> (expectation, its argument -> ours)
    "not_null": (gxe.ExpectColumnValuesToNotBeNull, {}),
    "between": (gxe.ExpectColumnValuesToBeBetween, {"min_value": "minimum", "max_value": "maximum"}),
    "matches": (gxe.ExpectColumnValuesToMatchRegex, {"regex": "pattern"}),
    "does_not_match": (gxe.ExpectColumnValuesToNotMatchRegex, {"regex": "pattern"}),
    "not_in_set": (gxe.ExpectColumnValuesToNotBeInSet, {"value_set": "values"}),
}
_NOT_IN_SQL = {*_OF_ONE_COLUMN, "ordered", "unique", "feed"}


def expectations(
    rules: Sequence[Rule], placeholders: Mapping[str, str], *, in_one_scan: bool = True
) -> list[Expectation]:
    """Return the expectations of the `rules` of one table; `placeholders` (name -> SQL) are filled in.

    What is counted of the same rows is counted in one scan: the expectations share a query, which Great Expectations
    runs once. An error in one of the rules is then one in all of them; not `in_one_scan`, each has a query of its own.
    """
    counts = {rule.rule_id: question.counts(rule) for rule in rules if rule.kind not in _NOT_IN_SQL}
    groups: dict[str, list[str]] = {}
    for rule_id, counted in counts.items():
        is_shared = in_one_scan and counted.source == f"from {question.BATCH}"
        groups.setdefault(counted.source if is_shared else rule_id, []).append(rule_id)
    queries = {}
    for together in groups.values():
        listed = ", ".join(
            f"{counts[rule_id].failed} as failed_{place}, {counts[rule_id].checked} as checked_{place}"
            for place, rule_id in enumerate(together)
        )
        query = _braces(f"select {listed} {counts[together[0]].source}", placeholders)
        queries |= {rule_id: (query, place) for place, rule_id in enumerate(together)}
    return [_expectation(rule, queries.get(rule.rule_id)) for rule in rules]


def _expectation(rule: Rule, query: tuple[str, int] | None) -> Expectation:
    kind, arguments = _in_sql(rule, *query) if query else _kind_and_arguments(rule)
    return kind(
        **arguments,
        description=rule.description,
        severity=rule.severity,
        meta={"rule_id": rule.rule_id, "owner": rule.owner, "what_to_do": rule.what_to_do},
    )


def _in_sql(rule: Rule, query: str, place: int) -> tuple[type[Expectation], dict[str, Any]]:
    return ExpectUnexpectedRowShareToBeAtMost, {
        "unexpected_rows_query": query,
        "at_most": rule.arguments.get("at_most", 0),
        "place": place,
    }


def _kind_and_arguments(rule: Rule) -> tuple[type[Expectation], dict[str, Any]]:
    arguments = rule.arguments
    at_most = arguments.get("at_most", 0)
    limits = {"min_value": arguments.get("minimum"), "max_value": arguments.get("maximum")}
    if rule.kind in _OF_ONE_COLUMN:
        kind, names = _OF_ONE_COLUMN[rule.kind]
        named = {theirs: arguments.get(ours) for theirs, ours in names.items()}
        return kind, {"column": rule.column_name, "mostly": 1 - at_most, **named}
    if rule.kind == "ordered":
        return gxe.ExpectColumnPairValuesAToBeGreaterThanB, {
            "column_A": arguments["later"],
            "column_B": arguments["earlier"],
            "or_equal": True,
            "ignore_row_if": "either_value_is_missing",
            "mostly": 1 - at_most,
        }
    if rule.kind == "unique":
        columns = arguments["columns"]
        if len(columns) == 1:
            return gxe.ExpectColumnValuesToBeUnique, {"column": columns[0]}
        return gxe.ExpectCompoundColumnsToBeUnique, {"column_list": columns}
    # The feed's one row: its largest figure is its only one, and is told when the rule passes, too.
    return gxe.ExpectColumnMaxToBeBetween, {
        "column": rule.column_name,
        "row_condition": Column("feed") == arguments["feed"],
        **limits,
    }


def _braces(query: str, placeholders: Mapping[str, str]) -> str:
    """Fill in our placeholders and double all other braces: one undoubled brace makes the expectation raise."""
    parts = question.filled(query, placeholders).split(question.BATCH)
    return question.BATCH.join(part.replace("{", "{{").replace("}", "}}") for part in parts)
