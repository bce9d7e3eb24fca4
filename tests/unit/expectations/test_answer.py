"""Answers: an exception is told from a failure, counts become words, and no value of a row leaks from an error."""

from types import SimpleNamespace

import pytest

from expectations import answer
from expectations.results import CheckResult, GateResult
from expectations.rules import Rule


def rule(kind: str = "rows", column: str | None = None, severity: str = "warning") -> Rule:
    return Rule("t__r", "raw", "t", column, kind, {}, "validity", severity, "Owner", "Holds.", "Do.")  # type: ignore[arg-type]


def validation(success: bool, result: dict | None = None, exception: dict | None = None) -> SimpleNamespace:
    return SimpleNamespace(success=success, result=result or {}, exception_info=exception)


NO_EXCEPTION = {"raised_exception": False, "exception_message": None, "exception_traceback": None}


def test_read__counts_rows_that_were_asked_and_leaves_empty_ones_out() -> None:
    found = answer.read(
        rule(),
        validation(False, {"element_count": 1200, "missing_count": 200, "unexpected_count": 25}, NO_EXCEPTION),
    )
    assert (found.is_success, found.is_error) == (False, False)
    assert (found.failed_count, found.checked_count) == (25, 1000)
    assert found.observed == "25 of 1,000 (2.50%)"


def test_read__an_empty_table_fails_no_row() -> None:
    found = answer.read(
        rule(), validation(True, {"element_count": 0, "missing_count": 0, "unexpected_count": None}, NO_EXCEPTION)
    )
    assert (found.is_success, found.is_error, found.failed_count, found.checked_count) == (True, False, 0, 0)


@pytest.mark.parametrize(
    "exception",
    [
        {"raised_exception": True, "exception_message": "no column zz", "exception_traceback": "..."},
        {"metric id": {"raised_exception": True, "exception_message": "no column zz"}},
    ],
)
def test_read__an_exception_is_an_error_and_not_a_failure(exception: dict) -> None:
    found = answer.read(rule(), validation(False, {}, exception))
    assert (found.is_success, found.is_error) == (False, True)
    assert "no column zz" in found.observed


def test_error_text__drops_the_query_its_parameters_and_the_trace() -> None:
    text = answer.error_text("syntax error [SQL: select 1 where nhs = '9434765919']\n[parameters: ('9434765919')]")
    assert "9434765919" not in text
    assert "syntax error" in text


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ('invalid input syntax for type date: "9434765919"', "invalid input syntax for type date"),
        ('date/time field value out of range: "say ""9434765919"""\nLINE 1: select', "value out of range LINE 1"),
        ("division by zero\nDETAIL: Failing row contains (9434765919).", "division by zero"),
        ('relation "int_spell" does not exist', 'relation "int_spell" does not exist'),
    ],
)
def test_error_text__keeps_no_value_of_a_row(message: str, kept: str) -> None:
    text = answer.error_text(message)
    assert kept in text and "9434765919" not in text


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("quarantine_share", 0.0312, "3.12%"),
        ("lag_days", 3.25, "3.2 days"),
        ("row_count", 12345, "12,345"),
        ("row_count", None, "no rows"),
    ],
)
def test_read__a_figure_of_a_feed_is_told_with_its_unit(column: str, value: float | None, words: str) -> None:
    found = answer.read(rule("feed", column), validation(True, {"observed_value": value}, NO_EXCEPTION))
    assert found.observed == words


@pytest.mark.parametrize(
    ("severity", "is_success", "is_error", "blocks"),
    [
        ("critical", True, False, False),
        ("critical", False, False, True),
        ("warning", False, False, False),
        ("warning", False, True, True),
    ],
)
def test_critical_failures__a_critical_failure_or_any_error_blocks(
    severity: str, is_success: bool, is_error: bool, blocks: bool
) -> None:
    check = CheckResult(rule(severity=severity), is_success, is_error, "")
    assert GateResult("raw", "run", (check,)).critical_failures == ((check,) if blocks else ())
