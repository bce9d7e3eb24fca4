"""What is said of a figure, in sentences: its state and why, and how it compares with what was expected or others."""

from decimal import Decimal
from typing import Any

from orchestration.pack import words
from orchestration.pack.ask import Row

_ASSURANCE = {"passing": "pass", "failing": "fail", "hit or miss": "hit and miss"}
_NO_MONTH = {"state": "too few to say", "state_month": None, "reason": "No whole month yet."}


def of(standing: Row | None, measure: Row) -> dict[str, Any]:
    """Return the state in words of the last whole month of the period, and how twelve months compare.

    The words are those of the publication; nothing is judged here. `limits` are numbers to draw, in the unit in
    which `comparison` is told.
    """
    if standing is None:
        return {**_NO_MONTH, "assurance": None, "comparison": None, "limits": None}
    method = standing["trend_assurance"]
    target = words.value(measure["target"], measure["unit"])
    return {
        "state": standing["state"],
        "state_month": words.month(standing["month_on"]),
        "reason": standing["state_reason"],
        "assurance": f"The months {_ASSURANCE[method]} the target of {target}." if method in _ASSURANCE else None,
        "comparison": _comparison(standing, measure),
        "limits": _limits(standing, measure),
    }


def expected_of_all(standing: list[Row | None], measure: Row) -> str | None:
    """Return what was observed and expected of the patients of several posts, where the same months are compared."""
    there = [row for row in standing if row is not None and is_adjusted(row)]
    if len(standing) < 2 or len(there) < len(standing) or len({row["month_on"] for row in there}) > 1:
        return None
    expected = sum(row["expected_12m"] for row in there)
    observed = sum((row["numerator_12m"] for row in there), Decimal(0))
    return (
        (
            f"12 months to {words.month(there[0]['month_on'])}, all posts: observed {words.plain(observed)}, expected"
            f" {words.plain(expected)}, observed over expected {words.number(float(observed) / expected, 2)}."
        )
        if expected
        else None
    )


def is_adjusted(standing: Row) -> bool:
    """Tell whether the figure is compared with what was expected of its patients."""
    return str(standing["comparison_method"]).startswith("expected") and standing["expected_12m"] is not None


def _comparison(standing: Row, measure: Row) -> str | None:
    """Return value and limits of the twelve months that are compared; nothing where nobody is compared."""
    if standing["comparison_method"] is None:
        return None
    scaled = [standing[name] for name in ("comparison_value", "comparison_target", "lower_95", "upper_95")]
    scaled += [standing["lower_998"], standing["upper_998"]]
    value, target, low, high, lowest, highest = (_shown(number, standing, measure) for number in scaled)
    begin = f"12 months to {words.month(standing['month_on'])}: "
    limits = f"(95 % limits {low} to {high}, 99.8 % {lowest} to {highest})"
    if is_adjusted(standing):
        return (
            f"{begin}observed {words.plain(standing['numerator_12m'])}, expected"
            f" {words.plain(standing['expected_12m'])}; observed over expected {value} {limits}."
        )
    return f"{begin}{value}, all who are compared {target} {limits}."


def _shown(number: float | None, standing: Row, measure: Row) -> str:
    scaled = scale(number, standing, measure)
    return words.NOTHING if scaled is None else words.number(scaled, 2)


def scale(number: float | None, standing: Row, measure: Row) -> float | None:
    """Return a limit or value as it is drawn: proportions in percent, and what cannot be below nought not below it."""
    if number is None:
        return None
    if is_adjusted(standing):
        return max(number, 0.0)
    shown = number * 100 if measure["unit"] == "proportion" else number
    return shown if measure["unit"] == "ratio" else max(shown, 0.0)


def _limits(standing: Row, measure: Row) -> dict[str, float] | None:
    names = ("comparison_value", "comparison_target", "lower_95", "upper_95", "lower_998", "upper_998")
    drawn = {name.removeprefix("comparison_"): scale(standing[name], standing, measure) for name in names}
    known = {name: short(number) for name, number in drawn.items() if number is not None}
    return known if len(known) == len(drawn) else None


def short(number: float | Decimal) -> float:
    """Return a number to draw, with six digits: more cannot be seen."""
    return float(f"{float(number):.6g}")
