"""XmR charts as in NHS England's Making Data Count: natural process limits and the four rules of special causes."""

from collections.abc import Collection, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from orchestration.errors import WarehouseError

Improvement = Literal["increase", "decrease", "neutral"]

# Limits lie this many mean moving ranges from the mean: 3 / d2 with d2 = 1.128 for pairs (Wheeler 1993).
_LIMIT = 2.66
# A moving range from this many mean moving ranges on is no common cause: D4 for pairs.
_SCREEN = 3.267
_SHIFT_POINTS = 7
# The rules after the first in the order in which they hold.
_RULES = ("common cause", "outside limits", "trend", "two of three", "shift")
_POINTS = ("common", "improvement", "concern", "neutral high", "neutral low")
# With fewer points in a group limits move with each new one.
FEW_POINTS = 13
# Where this share of values and more is the same as the one before, ranges of nothing make limits of next to no width.
MOSTLY_STILL = 0.5


class ChartError(WarehouseError):
    """A series or an option from which no chart can be made."""


def xmr(
    values: pd.Series | Sequence[float],
    *,
    improvement: Improvement,
    target: float | None = None,
    fix_after: int | None = None,
    rebase_at: Collection[object] = (),
    screen_outliers: bool = True,
    trend_points: int = _SHIFT_POINTS,
) -> pd.DataFrame:
    """Return limits and special causes of one series in time order, on the index of `values`.

    The frame has a row per value, in the unit of `values`: `value`, `mean`, `lower`, `upper`, and, where there is a
    value, `rule` (`outside limits`, `trend`, `two of three`, `shift`, `common cause`) and `point` (`improvement`,
    `concern`, `neutral high`, `neutral low`, `common`). A missing value has lines and neither; ranges and runs go on
    over it. `attrs` hold `variation` (the last point), `assurance` (`passing`, `failing`, `hit or miss`; None without
    a target or a direction) and `few_points` (whether a group has fewer than `FEW_POINTS`).

    Limits are mean +- 2.66 x mean moving range. `screen_outliers` leaves moving ranges of 3.267 times their mean and
    more out of that mean, once; the mean of values keeps all points. A group begins at each label of `rebase_at`, with
    lines and runs of its own; its lines come from its first `fix_after` values. Rules, the first that holds:
    a value beyond a limit; `trend_points` values that all rise or all fall; two of three in a row beyond two thirds of
    the way to a limit and all three on one side of the mean (the two are marked); seven in a row on one side of it.
    A group of one value, or of equal ones, has limits of no width; one of none has none.

    Source: NHS England, Making Data Count; behaviour as in NHSRplotthedots (`ptd_spc_standard.R`,
    `ptd_calculate_point_type.R`, `ptd_calculate_assurance_type.R`). Where a fall follows a rise over a tie, the last
    point of the rise is told as a rise here and as a fall there.

    Raises `ChartError` for a value that is infinite, an unknown direction, a label of `rebase_at` that is not in the
    index, a `fix_after` under 2 or `trend_points` under 3.
    """
    series = pd.Series(values, dtype="float64")
    _check(series, improvement, fix_after, rebase_at, trend_points)
    group = np.cumsum(series.index.isin(list(rebase_at)))
    present = series.notna().to_numpy()
    y, of = series.to_numpy()[present], group[present]
    lines = _lines(y, of, int(group[-1]) + 1 if len(group) else 0, fix_after, screen_outliers)
    mean, lower, upper = (line[group] for line in lines)
    rule, direction = _causes(y, of, mean[present], upper[present] - mean[present], trend_points)
    frame = pd.DataFrame({"value": series, "mean": mean, "lower": lower, "upper": upper}, index=series.index)
    names = np.array(_RULES, dtype=object)[rule]
    frame["rule"] = pd.Series(names, index=series.index[present], dtype="object").reindex(series.index)
    names = np.array(_POINTS, dtype=object)[_points(direction, np.full(len(y), improvement))]
    point = pd.Series(names, index=series.index[present], dtype="object")
    frame["point"] = point.reindex(series.index)
    frame.attrs["variation"] = point.iloc[-1] if len(point) else None
    frame.attrs["assurance"] = assurance(lower[-1:], upper[-1:], improvement, target)[0] if len(point) else None
    frame.attrs["few_points"] = bool(len(y) == 0 or (np.bincount(of, minlength=group[-1] + 1) < FEW_POINTS).any())
    return frame


def panel(value: np.ndarray, series: np.ndarray, improvement: np.ndarray) -> pd.DataFrame:
    """Return limits and special causes of many series at once: for each what `xmr` says with its defaults.

    `value` (float, NaN where missing), `series` (whole numbers from 0 on, each series whole and in time order) and
    `improvement` (`increase`, `decrease`, `neutral`) have a place per month. The frame has a row per place: `mean`,
    `lower`, `upper`, `rule` and `point` (categories; missing where the value is), `point_count`, the values of the
    whole series, and `has_limits`: whether they are `FEW_POINTS` or more and fewer than `MOSTLY_STILL` of them are the
    same as the one before. Rare events are mostly none in a month: an XmR chart of them marks every month without one
    (NHS England advises charts of the time between them).
    """
    groups = int(series[-1]) + 1 if len(series) else 0
    present = ~np.isnan(value)
    y, of = value[present], series[present]
    mean, lower, upper = (line[series] for line in _lines(y, of, groups, None, screen_outliers=True))
    rule, direction = _causes(y, of, mean[present], upper[present] - mean[present], _SHIFT_POINTS)
    point_count = np.bincount(of, minlength=groups)
    still_count = np.bincount(of[1:][(y[1:] == y[:-1]) & (of[1:] == of[:-1])], minlength=groups)
    rule_code = np.full(len(value), -1, dtype=np.int8)
    point_code = np.full(len(value), -1, dtype=np.int8)
    rule_code[present] = rule
    point_code[present] = _points(direction, improvement[present])
    return pd.DataFrame(
        {
            "mean": mean,
            "lower": lower,
            "upper": upper,
            "rule": pd.Categorical.from_codes(rule_code, categories=_RULES),
            "point": pd.Categorical.from_codes(point_code, categories=_POINTS),
            "point_count": point_count[series],
            "has_limits": ((point_count >= FEW_POINTS) & (still_count < MOSTLY_STILL * point_count))[series],
        }
    )


def _check(
    series: pd.Series, improvement: str, fix_after: int | None, rebase_at: Collection[object], trend_points: int
) -> None:
    if improvement not in ("increase", "decrease", "neutral"):
        raise ChartError(f"Improvement is {improvement!r}; it is one of increase, decrease, neutral.")
    if np.isinf(series).any():
        raise ChartError(f"The value at {series.index[np.isinf(series)][0]!r} is infinite.")
    if not series.index.is_unique:
        raise ChartError(f"The index has {series.index[series.index.duplicated()][0]!r} more than once.")
    if unknown := [label for label in rebase_at if label not in series.index]:
        raise ChartError(f"Limits cannot begin anew at {unknown[0]!r}: the series has no such point.")
    if fix_after is not None and fix_after < 2:
        raise ChartError(f"A baseline of {fix_after} values has no moving range; it takes 2 at least.")
    if trend_points < 3:
        raise ChartError(f"A trend of {trend_points} points would be chance; it takes 3 at least.")


def _lines(
    y: np.ndarray, of: np.ndarray, groups: int, fix_after: int | None, screen_outliers: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean, lower and upper limit of each group."""
    if fix_after is not None:
        place = np.arange(len(of)) - np.searchsorted(of, of)
        y, of = y[place < fix_after], of[place < fix_after]
    mean = _mean_by(y, of, groups)
    inside = of[1:] == of[:-1]
    moving_range, of_range = np.abs(np.diff(y))[inside], of[1:][inside]
    mean_range = _mean_by(moving_range, of_range, groups)
    if screen_outliers:
        kept = moving_range < _SCREEN * mean_range[of_range]
        mean_range = np.where(mean_range > 0, _mean_by(moving_range[kept], of_range[kept], groups), mean_range)
    width = _LIMIT * np.where(np.isnan(mean_range) & ~np.isnan(mean), 0.0, mean_range)
    return mean, mean - width, mean + width


def _mean_by(values: np.ndarray, of: np.ndarray, groups: int) -> np.ndarray:
    count = np.bincount(of, minlength=groups)
    return np.divide(
        np.bincount(of, weights=values, minlength=groups), count, out=np.full(groups, np.nan), where=count > 0
    )


def _causes(
    y: np.ndarray, of: np.ndarray, mean: np.ndarray, width: np.ndarray, trend_points: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rule of each value (its place in `_RULES`) and the direction: 1 high or rising, -1 low or falling."""
    side = np.sign(y - mean).astype(int)
    outside = np.abs(y - mean) > width
    shift = np.where(_run_length(side, of) >= _SHIFT_POINTS, side, 0)
    trend = _trend(y, of, trend_points)
    close = ~outside & (np.abs(y - mean) > 2 / 3 * width)
    pair = np.where(_two_of_three(close, side, of), side, 0)
    held = [outside, trend != 0, pair != 0, shift != 0]
    return np.select(held, [1, 2, 3, 4], 0), np.select(held, [side, trend, pair, shift], 0)


def _run_length(kind: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Return for each place how many in a row, with it, are of its kind in its group; 0 where the kind is 0."""
    if not len(kind):
        return np.zeros(0, dtype=int)
    run = np.cumsum(np.r_[True, (kind[1:] != kind[:-1]) | (of[1:] != of[:-1])]) - 1
    return np.where(kind == 0, 0, np.bincount(run)[run])


def _trend(y: np.ndarray, of: np.ndarray, points: int) -> np.ndarray:
    """Return 1 where a value is of a rise, -1 where of a fall; a value of both is of the later one."""
    trend = np.zeros(len(y), dtype=int)
    if len(y) < points:
        return trend
    step = np.where(of[1:] == of[:-1], np.sign(np.diff(y)), 0).astype(int)
    held = np.where(_run_length(step, of[1:]) >= points - 1, step, 0)
    trend[1:] = held
    starts = held != 0
    trend[:-1][starts] = held[starts]
    return trend


def _two_of_three(close: np.ndarray, side: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Return the close values of each three in a row of which two are close and all are on one side."""
    marked = np.zeros(len(close), dtype=bool)
    if len(close) < 3:
        return marked
    triples = np.arange(len(close) - 2)
    held = (
        (close[triples].astype(int) + close[triples + 1] + close[triples + 2] >= 2)
        & (np.abs(side[triples] + side[triples + 1] + side[triples + 2]) == 3)
        & (of[triples] == of[triples + 2])
    )
    for place in range(3):
        marked[triples[held] + place] = True
    return marked & close


def _points(direction: np.ndarray, improvement: np.ndarray) -> np.ndarray:
    """Return what each value is, as its place in `_POINTS`."""
    is_neutral = improvement == "neutral"
    is_better = (direction > 0) == (improvement == "increase")
    return np.select(
        [direction == 0, is_neutral & (direction > 0), is_neutral, is_better],
        [_POINTS.index(name) for name in ("common", "neutral high", "neutral low", "improvement")],
        _POINTS.index("concern"),
    )


def assurance(lower: np.ndarray, upper: np.ndarray, improvement: Improvement, target: float | None) -> np.ndarray:
    """Return whether a process with these natural process limits passes a target, fails it, or hits and misses it.

    `lower` and `upper` (float, NaN where there are none) and `target` are in the unit of the values. The array (object)
    has a place per pair of limits: `passing` where the target lies beyond both on the worse side, `failing` beyond both
    on the better, `hit or miss` between; None without limits, a target or a direction to judge by.

    Source: NHS England, Making Data Count; NHSRplotthedots, `ptd_calculate_assurance_type.R`.
    """
    if target is None or improvement == "neutral":
        return np.full(len(lower), None, dtype=object)
    above, below = ("failing", "passing") if improvement == "increase" else ("passing", "failing")
    told = np.select([np.isnan(lower), target > upper, target < lower], ["", above, below], "hit or miss")
    return np.where(told == "", None, told.astype(object))
