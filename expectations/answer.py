"""From what Great Expectations returns for one expectation to an answer in words and counts."""

import re
from collections.abc import Mapping
from typing import Any

from expectations.results import CheckResult
from expectations.rules.rule import Rule

_LONGEST = 300


def read(rule: Rule, validation: Any) -> CheckResult:  # noqa: ANN401 - importing its type would import GX
    """Return the answer in an ExpectationValidationResult; an exception is an error, not a failure."""
    message = exception_message(validation.exception_info or {})
    if message is not None:
        return CheckResult(rule, False, True, error_text(message))
    found: Mapping[str, Any] = validation.result
    if "unexpected_count" not in found:
        return CheckResult(rule, bool(validation.success), False, _figure(rule, found.get("observed_value")))
    # Of an empty table Great Expectations says None: no row failed.
    failed = int(found["unexpected_count"] or 0)
    checked = int(found["element_count"] or 0) - int(found.get("missing_count") or 0)
    share = f" ({failed / checked:.2%})" if checked else ""
    return CheckResult(rule, bool(validation.success), False, f"{failed:,} of {checked:,}{share}", failed, checked)


def exception_message(information: Mapping[str, Any]) -> str | None:
    """Return the message of the exception that an expectation met, or None.

    Great Expectations tells of one exception in a flat mapping, of several in a mapping by metric.
    """
    nested = information.values() if "raised_exception" not in information else (information,)
    for one in nested:
        if isinstance(one, Mapping) and one.get("raised_exception"):
            return str(one.get("exception_message") or "unknown exception")
    return None


def error_text(message: str) -> str:
    """Return the first words of an exception: without the query, its parameters, its trace and any value of a row.

    What is kept is never removed. Postgres quotes a value after a colon (invalid input syntax for type date: "..."),
    and tells of rows in its details.
    """
    short = re.split(r"\[SQL|Traceback|DETAIL:|CONTEXT:", message, maxsplit=1)[0]
    short = re.sub(r': ".*"', "", short)
    return f"The check itself failed: {' '.join(short.split())}"[:_LONGEST]


def _figure(rule: Rule, value: Any) -> str:  # noqa: ANN401 - a number, whatever the driver makes of it
    if value is None:
        return "no rows"
    name = rule.column_name or ""
    if name.endswith("_share"):
        return f"{float(value):.2%}"
    if name.endswith("_days"):
        return f"{float(value):.1f} days"
    return f"{int(value):,}"
