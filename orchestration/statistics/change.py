"""One step in the level of each of many series: whether there is one, when it began and how large it is."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import stats

from orchestration.errors import WarehouseError

# Sums in another order differ by less than this; such statistics are ties.
_TIE = 1e-9
# At most this many values of series are held at once.
_CELLS = 4_000_000
# With ties the table, which has none, is too short at its tail where the spread of the ranks is under this part of that
# without ties (with nine values of ten equal, and a significance of 0.01, it told three false steps in a hundred
# series), and with any tie in short series, whose statistic has few values.
_FEW_TIES = 0.8
_SHORT = 24
# A series with ties is permuted itself; fewer orders than for the table keep the rate and cost the smallest p-values.
_OWN_PATHS = 1_999


class ChangeError(WarehouseError):
    """A series or an option from which no step can be told."""


def step(
    values: pd.Series | np.ndarray,
    series: pd.Series | np.ndarray,
    *,
    weight: pd.Series | np.ndarray | None = None,
    minimum_points: int = 6,
    significance: float = 0.01,
    paths: int = 9_999,
    seed: int = 0,
) -> pd.DataFrame:
    """Return for every series whether its level made one step, when and by how much; a row each, numbered from 0.

    A row of the input is a month of a series, in the order of time within the series; a missing value is a month that
    was not measured and is passed over. Columns: `series` (in order of appearance), `has_step`, `starts_at` (index
    label of the first value at the new level), `before` and `after` (means, in the unit of `values`), `size` (after -
    before) with `size_lower` and `size_upper` (95 % interval), `p_value`, `point_count` (values that are there). Date,
    means and size are missing where no step is told; `p_value` is missing with fewer than 2 x `minimum_points` values.
    With `weight` (denominators) the means are weighted: of rates they are the rates of all cases before and after. The
    test takes each month alike. `attrs` hold the options.

    Test: the largest standardised rank-sum statistic over all splits with `minimum_points` values on each side, against
    `paths` permutations for the same number of values (seeded: same input, same answer; `p_value` is not less than
    1 / (`paths` + 1), and is met to about +- 2 sqrt(p (1 - p) / paths)). A step is told where p <= `significance`: at
    0.01 one of 100 series that have none is told one, so that of thousands of series many of the steps are chance.
    Ranks rather than a difference of means (Hawkins 1977): one wild month cannot make a step, no distribution is
    assumed, and of normal values little power is lost. Where ties are heavy (most months 0) or the series is short,
    what the table tells must also hold against 1,999 permutations of the series itself (more where `significance` is
    under 0.01).

    It assumes months that are independent apart from the step. It is NOT conservative under autocorrelation: at 0.01
    and 60 months it told a false step in 5 of 100 series with a correlation of 0.2 between neighbours, in 9 with 0.3
    and in 27 with 0.5. A trend or a season is told as a step, too. The interval is Welch's for two known parts: as the
    date was chosen to differ most, it is too far from 0 for small steps: at 36 months it held 85 of 100 steps of one
    standard deviation that were told, and 95 of those of two.

    Sources: Pettitt (1979), Applied Statistics 28:126-135; the standardised maximum: Hawkins and Deng (2010), Journal
    of Quality Technology 42:165-173; Welch (1947), Biometrika 34:28-35.

    Raises `ChangeError` for an infinite value, a missing series, a weight that is not above 0 where there is a value,
    columns that are not of the same rows, `minimum_points` under 2, or too few paths for the significance.
    """
    index = values.index if isinstance(values, pd.Series) else pd.RangeIndex(len(values))
    value = np.asarray(values, dtype="float64")
    load = np.ones(len(value)) if weight is None else np.asarray(weight, dtype="float64")
    of, labels = pd.factorize(series)
    _check(value, load, of, index, {"series": series, "weight": load if weight is None else weight})
    _check_options(minimum_points, significance, paths)
    row = np.flatnonzero(~np.isnan(value))
    row = row[np.argsort(of[row], kind="stable")]
    value, load, of = value[row], load[row], of[row]
    count = np.bincount(of, minlength=len(labels))
    first = np.cumsum(count) - count
    p, split = _tested(
        value, first, count, minimum_points=minimum_points, significance=significance, paths=paths, seed=seed
    )
    has_step = p <= significance
    begun = np.zeros(len(labels), dtype=int)
    begun[has_step] = row[(first + split)[has_step]]
    frame = pd.DataFrame({"series": labels, "has_step": has_step})
    # whole numbers stay whole next to missing ones
    frame["starts_at"] = pd.Series(index.take(begun)).convert_dtypes().where(has_step)
    is_after = np.arange(len(of)) - first[of] >= split[of]
    levels = _levels(value, load, 2 * of + is_after, len(labels))
    for name, figures in levels.items():
        frame[name] = np.where(has_step, figures, np.nan)
    frame["p_value"], frame["point_count"] = p, count
    frame.attrs.update(minimum_points=minimum_points, significance=significance, paths=paths, seed=seed)
    return frame


def _tested(
    value: np.ndarray,
    first: np.ndarray,
    count: np.ndarray,
    *,
    minimum_points: int,
    significance: float,
    paths: int,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return for each series the p-value (missing with too few values) and how many values lie before the split."""
    p, split = np.full(len(count), np.nan), np.zeros(len(count), dtype=int)
    for n in np.unique(count[count >= 2 * minimum_points]):
        plain = np.arange(n) - (n - 1) / 2
        null = [_sums(plain[turn], minimum_points).max(axis=1) for turn in _turns(n, paths, seed)]
        table = np.sort(np.concatenate(null)) / np.sqrt((plain**2).sum())
        members = np.flatnonzero(count == n)
        for block in np.array_split(members, -(-len(members) * n // _CELLS)):
            ranks = stats.rankdata(value[first[block][:, None] + np.arange(n)], axis=1) - (n + 1) / 2
            sums, spread = _sums(ranks, minimum_points), np.sqrt((ranks**2).sum(axis=1))
            largest = sums.max(axis=1)
            # of equal splits the first is taken, and what only rounding tells apart is equal
            split[block] = (sums >= largest[:, None] - _TIE).argmax(axis=1) + minimum_points
            statistic = np.divide(largest, spread, where=spread > 0, out=np.zeros(len(block)))
            p[block] = (1 + paths - np.searchsorted(table, statistic - _TIE)) / (1 + paths)
            least = (plain**2).sum() * (_FEW_TIES if n >= _SHORT else 1) - _TIE
            tied = (spread**2 < least) & (p[block] <= significance)
            if tied.any():
                orders = min(paths, max(_OWN_PATHS, int(20 / significance)))
                own = _own_p(ranks[tied], largest[tied], minimum_points, orders, seed)
                p[block[tied]] = np.maximum(p[block[tied]], own)
    return p, split


def _sums(ranks: np.ndarray, minimum_points: int) -> np.ndarray:
    """Return the absolute sums of ranks less their mean before each split, standardised up to one factor per row.

    Given the ranks, the sum of k of n in random order has the variance k (n - k) / n / (n - 1) x sum of squares; the
    last is the same for all orders of a row and is left out.
    """
    n = ranks.shape[-1]
    k = np.arange(minimum_points, n - minimum_points + 1)
    return np.abs(np.cumsum(ranks, axis=-1)[..., k[0] - 1 : k[-1]]) / np.sqrt(k * (n - k) / n / (n - 1))


def _turns(n: int, paths: int, seed: int, series: int = 1) -> Iterator[np.ndarray]:
    """Yield `paths` random orders of n values (orders x n), few at a time; those of a length depend on nothing else."""
    rng = np.random.default_rng([seed, n])
    at_once = max(1, _CELLS // (n * series))
    for begin in range(0, paths, at_once):
        yield rng.permuted(np.tile(np.arange(n), (min(at_once, paths - begin), 1)), axis=1)


def _own_p(ranks: np.ndarray, largest: np.ndarray, minimum_points: int, paths: int, seed: int) -> np.ndarray:
    """Return the p-value of each row of ranks, with its largest sum, among permutations of itself."""
    reached = np.zeros(len(ranks), dtype=int)
    for turn in _turns(ranks.shape[1], paths, seed, len(ranks)):
        reached += (_sums(ranks[:, turn], minimum_points).max(axis=-1) >= largest[:, None] - _TIE).sum(axis=1)
    return (1 + reached) / (1 + paths)


def _levels(value: np.ndarray, load: np.ndarray, part: np.ndarray, series: int) -> dict[str, np.ndarray]:
    """Return means of the two parts of each series (part 2 i is before, 2 i + 1 after) and size with Welch's limits."""

    def total(figures: np.ndarray) -> np.ndarray:
        return np.bincount(part, weights=figures, minlength=2 * series)

    with np.errstate(divide="ignore", invalid="ignore"):
        loads, free = total(load), np.bincount(part, minlength=2 * series) - 1
        mean = total(load * value) / loads
        variance = total(load * (value - mean[part]) ** 2) / free / loads
        (before, after), (first, second) = mean.reshape(-1, 2).T, variance.reshape(-1, 2).T
        degrees = (first + second) ** 2 / (variance**2 / free).reshape(-1, 2).sum(axis=1)
        half = np.where(first + second > 0, stats.t.ppf(0.975, degrees) * np.sqrt(first + second), 0.0)
    size = after - before
    return {"before": before, "after": after, "size": size, "size_lower": size - half, "size_upper": size + half}


def _check(
    value: np.ndarray, load: np.ndarray, of: np.ndarray, index: pd.Index, columns: dict[str, pd.Series | np.ndarray]
) -> None:
    for name, column in columns.items():
        if len(column) != len(index):
            raise ChangeError(
                f"The column {name} has {len(column)} rows and the values {len(index)}; give one frame's."
            )
        if isinstance(column, pd.Series) and not column.index.equals(index):
            raise ChangeError(f"The column {name} is not on the index of the values; take both from one frame.")
    if (of < 0).any():
        raise ChangeError(f"The series of the value at {index[of < 0][0]!r} is missing; each value is of one.")
    if np.isinf(value).any():
        raise ChangeError(f"The value at {index[np.isinf(value)][0]!r} is infinite.")
    if (wrong := ~np.isnan(value) & ~((load > 0) & (load < np.inf))).any():
        raise ChangeError(
            f"The weight at {index[wrong][0]!r} is {load[wrong][0]}; where there is a value it is above 0."
        )


def _check_options(minimum_points: int, significance: float, paths: int) -> None:
    if minimum_points < 2:
        raise ChangeError(f"A level of {minimum_points} points has no spread; it takes 2 at least on each side.")
    if not 0 < significance < 1:
        raise ChangeError(f"The significance is {significance}; it lies between 0 and 1.")
    if significance * (paths + 1) < 1:
        raise ChangeError(f"With {paths} paths no p-value is as small as {significance}; simulate more.")
