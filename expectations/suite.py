"""From a rule to the expectation that Great Expectations runs."""

from collections.abc import Mapping
from typing import Any

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.row_conditions import Column

from expectations.expectation import ExpectUnexpectedRowShareToBeAtMost
from expectations.rules.rule import Rule

_BATCH = "{batch}"
_OF_ONE_COLUMN: Mapping[str, tuple[type[Expectation], Mapping[str, str]]] = {
    # kind -> (expectation, its argument -> ours)
    "not_null": (gxe.ExpectColumnValuesToNotBeNull, {}),
    "between": (gxe.ExpectColumnValuesToBeBetween, {"min_value": "minimum", "max_value": "maximum"}),
    "matches": (gxe.ExpectColumnValuesToMatchRegex, {"regex": "pattern"}),
    "does_not_match": (gxe.ExpectColumnValuesToNotMatchRegex, {"regex": "pattern"}),
    "not_in_set": (gxe.ExpectColumnValuesToNotBeInSet, {"value_set": "values"}),
}


def expectation(rule: Rule, placeholders: Mapping[str, str]) -> Expectation:
    """Return the expectation of `rule`; `placeholders` (name -> SQL) are filled in where its SQL names them."""
    kind, arguments = _kind_and_arguments(rule, placeholders)
    return kind(
        **arguments,
        description=rule.description,
        severity=rule.severity,
        meta={"rule_id": rule.rule_id, "owner": rule.owner, "what_to_do": rule.what_to_do},
    )


def _kind_and_arguments(rule: Rule, placeholders: Mapping[str, str]) -> tuple[type[Expectation], dict[str, Any]]:
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
    if rule.kind == "feed":
        # The feed's one row: its largest figure is its only one, and is told when the rule passes, too.
        return gxe.ExpectColumnMaxToBeBetween, {
            "column": rule.column_name,
            "row_condition": Column("feed") == arguments["feed"],
            **limits,
        }
    query = _braces(_counts(rule), placeholders)
    return ExpectUnexpectedRowShareToBeAtMost, {"unexpected_rows_query": query, "at_most": at_most}


def _counts(rule: Rule) -> str:
    """Return SQL for `failed_count` and `checked_count` of a rule that is asked in SQL."""
    arguments = rule.arguments
    if rule.kind == "query":
        return (
            f"select (select count(*) from ({arguments['query']}) as failing) as failed_count, "  # noqa: S608 - our own rules
            f"(select count(*) from {_BATCH}) as checked_count"
        )
    if rule.kind == "reference":
        table, _, key = arguments["to"].partition(".")
        of = f"{{{table}}}" if rule.gate == "raw" else f"{{schema}}.{table}"
        among = f"b.{rule.column_name} is not null"
        if arguments.get("except"):
            among += f" and b.{rule.column_name} not in ({', '.join(map(quoted, arguments['except']))})"
        # A join, since Postgres would ask `exists` inside a filter once for each row.
        return (
            f"select count(*) filter (where t.key is null) as failed_count, count(*) as checked_count "  # noqa: S608 - as above
            f"from {_BATCH} as b left join (select distinct {key} as key from {of} as o) as t "
            f"on t.key = b.{rule.column_name} where {among}"
        )
    return (
        f"select count(*) filter (where {arguments['where']}) as failed_count, count(*) as checked_count "  # noqa: S608 - as above
        f"from {_BATCH} where ({arguments.get('among', 'true')})"
    )


def quoted(text: str) -> str:
    """Return `text` as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _braces(query: str, placeholders: Mapping[str, str]) -> str:
    """Fill in our placeholders and double all other braces: one undoubled brace makes the expectation raise."""
    for name, value in placeholders.items():
        query = query.replace(f"{{{name}}}", value)
    return _BATCH.join(part.replace("{", "{{").replace("}", "}}") for part in query.split(_BATCH))
