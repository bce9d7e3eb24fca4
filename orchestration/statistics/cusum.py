"""Risk-adjusted CUSUM charts and VLAD of units, with limits that are simulated from the units' own patients."""

from collections.abc import Collection

import numpy as np
import pandas as pd

from orchestration.errors import WarehouseError

# A chart that lies on its limit has not crossed it: sums in another order differ by less than this.
_TIE = 1e-9
# Risks of a larger sample are drawn from this many of its quantiles: the table then stays in the processor's cache.
_QUANTILES = 10_000
# Cases that are simulated; beyond them limits follow from theory.
_LONGEST = 2_000


class CusumError(WarehouseError):
    """Records or an option from which no chart and no limit can be made."""


def run(
    outcome: pd.Series | np.ndarray,
    expected: pd.Series | np.ndarray,
    unit: pd.Series | np.ndarray,
    *,
    odds_ratio: float = 2.0,
) -> pd.DataFrame:
    """Return the charts of every unit after each of its records, on the index of `outcome`.

    A row is a record (a patient): its outcome (1 where the event happened, else 0), the probability of the event that
    the case-mix model expected, and the label of its chart (a unit, or a unit and measure). Records of a unit stand in
    the order of time; records of other units may lie between.

    Columns: `unit`; `worse`, the chart X = max(0, X + W) for odds of the event that are `odds_ratio` times the expected
    ones; `better`, the same for odds divided by `odds_ratio`; both are log-likelihood ratios, begin at 0, lie at 0 or
    above and go on after a signal. `vlad` is the sum of expected - outcome so far: events fewer than expected. Its
    spread grows with the number of records, so that it shows a course and gives no signal. `attrs` hold `odds_ratio`.

    Formula: W = y ln R - ln(1 - p + R p), with R = `odds_ratio` or its inverse. Sources: Steiner, Cook, Farewell and
    Treasure (2000), Biostatistics 1:441-452; VLAD: Lovegrove et al. (1997), Lancet 350:1128-1130.

    Raises `CusumError` for an outcome other than 0 and 1, an expected probability that is not between 0 and 1, a
    missing unit, columns that are not of the same rows, or an odds ratio of 1 or less.
    """
    if not 1 < odds_ratio < np.inf:
        raise CusumError(f"The odds ratio is {odds_ratio}; it is more than 1, and its inverse serves the other side.")
    index = outcome.index if isinstance(outcome, pd.Series) else pd.RangeIndex(len(outcome))
    y, p = _numbers(outcome), _numbers(expected)
    _check_rows(index, outcome=outcome, expected=expected, unit=unit)
    _refuse((y != 0) & (y != 1), index, y, "The outcome", "it is 0 or 1")
    _check_risks(p, index)
    of, units = _codes(unit, index)
    frame = pd.DataFrame({"unit": units.take(of)}, index=index)
    frame["worse"] = _chart(_weights(y, p, odds_ratio), of)
    frame["better"] = _chart(_weights(y, p, 1 / odds_ratio), of)
    frame["vlad"] = _running_sum(p - y, of)
    frame.attrs["odds_ratio"] = odds_ratio
    return frame


def limit(
    expected_sample: pd.Series | np.ndarray,
    horizon_counts: Collection[int] | np.ndarray,
    *,
    false_alarm_rate: float,
    odds_ratio: float = 2.0,
    paths: int = 20_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the limits of the two charts of `run`, a row for each number of cases, rising with it.

    A unit whose true risks equal the expected ones, with patients like `expected_sample` (probabilities), goes beyond
    `worse` somewhere in its first n cases with the probability `false_alarm_rate` at most, and beyond `better` with the
    same: 0.01 means that of 100 such charts one gives a false alarm by the end of n cases, not one in 100 patients.
    The index, `case_count`, holds the distinct `horizon_counts` in order. `attrs` hold the options.

    The limit is the quantile over `paths` simulated units of the largest value so far; their risks are drawn from the
    sample (or from 10,000 quantiles of it) with replacement, so that one simulation serves all numbers of cases. Beyond
    2,000 cases a limit rises with their log: far from 0 the chart exceeds h at a rate that falls as exp(-h), since the
    mean of exp(W) is 1 (Siegmund 1985, Sequential Analysis, sections 2.6 and 10.2). The
    rate is met to about +- 2 sqrt(rate x (1 - rate) / paths). The same arguments give the same limits, in whatever
    order the sample stands. Memory goes with `paths`, time with `paths` times the largest number of cases up to 2,000.

    Sources: Steiner et al. (2000); that limits hold for one patient mix only: Wittenberg (2022), Statistical Methods in
    Medical Research 31:779-800 (PMC9014690).

    Raises `CusumError` for an empty sample, a risk that is not between 0 and 1, a number of cases under 1, a rate that
    is not between 0 and 1, an odds ratio of 1 or less, or so few paths that fewer than 10 lie beyond the limit.
    """
    sample = np.sort(_numbers(expected_sample))
    horizons = np.unique(np.asarray(horizon_counts))
    _check_options(sample, horizons, false_alarm_rate, odds_ratio, paths)
    if len(sample) > _QUANTILES:
        sample = sample[((np.arange(_QUANTILES) + 0.5) * len(sample) / _QUANTILES).astype(int)]
    options = {"odds_ratio": odds_ratio, "paths": paths, "seed": seed}
    simulated = np.unique(np.minimum(horizons, _LONGEST))
    limits = _simulated(sample, simulated, quantile=1 - false_alarm_rate, **options)
    limits = limits[np.searchsorted(simulated, np.minimum(horizons, _LONGEST))]
    limits = limits + np.log(np.maximum(horizons / _LONGEST, 1))[:, None]
    frame = pd.DataFrame(limits, columns=["worse", "better"], index=pd.Index(horizons, name="case_count"))
    frame.attrs.update(false_alarm_rate=false_alarm_rate, odds_ratio=odds_ratio, paths=paths, seed=seed)
    return frame


def limits_by_stratum(
    expected: pd.Series | np.ndarray,
    unit: pd.Series | np.ndarray,
    measure: pd.Series | np.ndarray | None = None,
    *,
    false_alarm_rate: float,
    strata: int = 5,
    odds_ratio: float = 2.0,
    paths: int = 20_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the limits of every unit for its own number of records, with one simulation for each kind of patient mix.

    A row of the input is a record as for `run`; `unit` is the label of the chart and belongs to one `measure` (all are
    of one measure where none is given). The frame is indexed by `unit` in order of appearance: `measure` (where given),
    `case_count`, `mean_expected`, `stratum` (0 has the lowest mean), `worse` and `better`, as `signals` takes them.

    Units of a measure are put into `strata` of about the same number of units by mean expected risk, for a limit
    depends on the mix of patients; the limit of a unit is that of its number of cases in the pooled risks of its
    stratum. With 60 units of 400 cases, mean risks from 0.02 to 0.23 and a rate of 0.01, fifths had false-alarm rates
    from 0.003 to 0.016 for `worse` and from 0.000 to 0.024 for `better` (mean 0.010; limits of each unit's own risks:
    0.007 to 0.013); no strata had 0.001 to 0.020 and 0.000 to 0.027. The extremes are the units at the ends of the
    outer strata; more strata come closer to each unit's own mix and take more simulations. Every stratum has the
    same `seed`: the limits of a measure stay as they are when another one is added.

    Raises `CusumError` as `limit` does, and for a unit that is in two measures or a number of strata under 1.
    """
    index = expected.index if isinstance(expected, pd.Series) else pd.RangeIndex(len(expected))
    p = _numbers(expected)
    kind = np.zeros(len(p), dtype=int) if measure is None else measure
    _check_rows(index, expected=expected, unit=unit, measure=kind)
    _check_risks(p, index)
    if strata < 1:
        raise CusumError(f"The number of strata is {strata}; it is 1 at least.")
    (of, units), (kind_of, kinds) = _codes(unit, index), _codes(kind, index, "measure")
    kind_of_unit = np.zeros(len(units), dtype=int)
    kind_of_unit[of] = kind_of
    if len(wrong := np.flatnonzero(kind_of_unit[of] != kind_of)):
        raise CusumError(f"The unit {units[of[wrong[0]]]!r} has records of more than one measure; label each chart.")
    count = np.bincount(of, minlength=len(units))
    mean = np.bincount(of, weights=p, minlength=len(units)) / np.maximum(count, 1)
    frame = pd.DataFrame({"case_count": count, "mean_expected": mean}, index=pd.Index(units, name="unit"))
    place = pd.Series(mean).groupby(kind_of_unit).rank(method="first").to_numpy() - 1
    frame["stratum"] = (place * strata // np.bincount(kind_of_unit, minlength=len(kinds))[kind_of_unit]).astype(int)
    stratum = kind_of_unit * strata + frame["stratum"].to_numpy()
    found = np.empty((len(units), 2))
    for one in np.unique(stratum):
        members = stratum == one
        options = {"false_alarm_rate": false_alarm_rate, "odds_ratio": odds_ratio, "paths": paths, "seed": seed}
        found[members] = limit(p[members[of]], count[members], **options).loc[count[members]].to_numpy()
    frame["worse"], frame["better"] = found[:, 0], found[:, 1]
    if measure is not None:
        frame.insert(0, "measure", kinds.take(kind_of_unit))
    frame.attrs.update(false_alarm_rate=false_alarm_rate, odds_ratio=odds_ratio, paths=paths, seed=seed)
    return frame


def signals(chart: pd.DataFrame, limits: pd.DataFrame) -> pd.DataFrame:
    """Return for every unit whether and where its charts first went beyond their limits, indexed by unit.

    `chart` is of `run`; `limits` has the columns `worse` and `better` on an index of units. Columns for each of the
    two sides: `worse_signal` (whether), `worse_first` (the index label of the first record beyond the limit; missing
    where none is). A chart on its limit has not crossed it. The charts go on after a signal and are not reset. A signal
    is a request to look at data, patient mix and care, in that order; it is no verdict.

    Raises `CusumError` for a unit that has no limit.
    """
    of, units = _codes(chart["unit"], chart.index)
    if len(unknown := units[~units.isin(limits.index)]):
        raise CusumError(f"The unit {unknown[0]!r} has no limit; simulate the limits from the records of all units.")
    frame = pd.DataFrame(index=pd.Index(units, name="unit"))
    for side in ("worse", "better"):
        beyond = np.flatnonzero(chart[side].to_numpy() > limits[side].reindex(units).to_numpy()[of] + _TIE)
        signalled, first = np.unique(of[beyond], return_index=True)
        at = np.zeros(len(units), dtype=int)
        at[signalled] = beyond[first]
        frame[f"{side}_signal"] = np.isin(np.arange(len(units)), signalled)
        labels = pd.Series(chart.index.take(at), index=frame.index).convert_dtypes()
        frame[f"{side}_first"] = labels.where(frame[f"{side}_signal"])
    return frame


def _weights(y: np.ndarray, p: np.ndarray, odds_ratio: float) -> np.ndarray:
    """Return ln(R / (1 - p + R p)) where y is 1 and ln(1 / (1 - p + R p)) where it is 0."""
    return y * np.log(odds_ratio) - np.log1p((odds_ratio - 1) * p)


def _chart(weight: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Return max(0, X + W) of each unit: how far its sum lies above the least of its sums so far, 0 among them."""
    total = _running_sum(weight, of)
    return total - np.minimum(pd.Series(total).groupby(of).cummin().to_numpy(), 0.0)


def _running_sum(values: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Return sums within groups; pandas compensates them (Kahan), so that long series lose no digits on the way."""
    return pd.Series(values).groupby(of).cumsum().to_numpy()


def _simulated(
    sample: np.ndarray, horizons: np.ndarray, *, quantile: float, odds_ratio: float, paths: int, seed: int
) -> np.ndarray:
    """Return the quantile of the largest worse and better value so far at each horizon (horizons x 2)."""
    rng = np.random.default_rng(seed)
    step = np.log(odds_ratio)
    without = [_weights(np.zeros(1), sample, ratio) for ratio in (odds_ratio, 1 / odds_ratio)]
    now, top = np.zeros((2, paths)), np.zeros((2, paths))
    kept = int(np.ceil(quantile * paths - _TIE)) - 1
    limits = np.empty((len(horizons), 2))
    at = 0
    for case in range(1, horizons[-1] + 1):
        # one draw tells the patient by its whole part and the outcome by the rest
        draw = rng.random(paths) * len(sample)
        patient = draw.astype(np.intp)
        event = (draw - patient < sample[patient]) * step
        now[0] += without[0][patient] + event
        now[1] += without[1][patient] - event
        np.maximum(now, 0.0, out=now)
        np.maximum(top, now, out=top)
        if case == horizons[at]:
            limits[at] = np.partition(top, kept, axis=1)[:, kept]
            at += 1
    return limits


def _numbers(values: pd.Series | np.ndarray) -> np.ndarray:
    return np.asarray(values, dtype="float64")


def _codes(labels: pd.Series | np.ndarray, index: pd.Index, name: str = "unit") -> tuple[np.ndarray, pd.Index]:
    """Return the place of each row's label among the distinct ones, and those, in order of appearance."""
    of, distinct = pd.factorize(labels)
    if len(missing := np.flatnonzero(of < 0)):
        raise CusumError(f"The {name} of the record at {index[missing[0]]!r} is missing; each record is of one.")
    return of, pd.Index(distinct)


def _check_rows(index: pd.Index, **columns: pd.Series | np.ndarray) -> None:
    for name, column in columns.items():
        if len(column) != len(index):
            raise CusumError(f"The column {name} has {len(column)} rows, the first {len(index)}; they are one frame.")
        if isinstance(column, pd.Series) and not column.index.equals(index):
            raise CusumError(f"The column {name} is not on the index of the first; take all of them from one frame.")


def _check_risks(p: np.ndarray, index: pd.Index) -> None:
    _refuse(~((p > 0) & (p < 1)), index, p, "The expected probability", "it lies between 0 and 1")


def _refuse(wrong: np.ndarray, index: pd.Index, values: np.ndarray, what: str, rule: str) -> None:
    if len(at := np.flatnonzero(wrong)):
        raise CusumError(f"{what} of the record at {index[at[0]]!r} is {values[at[0]]}; {rule}.")


def _check_options(
    sample: np.ndarray, horizons: np.ndarray, false_alarm_rate: float, odds_ratio: float, paths: int
) -> None:
    if not len(sample):
        raise CusumError("The sample of expected probabilities is empty; a limit needs the risks of patients.")
    _check_risks(sample, pd.RangeIndex(len(sample)))
    if not len(horizons) or horizons[0] < 1 or not np.issubdtype(horizons.dtype, np.integer):
        raise CusumError("The numbers of cases are whole and 1 at least, and there is one at least.")
    if not 0 < false_alarm_rate < 1:
        raise CusumError(f"The false-alarm rate is {false_alarm_rate}; it lies between 0 and 1.")
    if not 1 < odds_ratio < np.inf:
        raise CusumError(f"The odds ratio is {odds_ratio}; it is more than 1, and its inverse serves the other side.")
    if false_alarm_rate * paths < 10:
        raise CusumError(
            f"Of {paths} paths fewer than 10 would lie beyond a limit of rate {false_alarm_rate}; simulate more."
        )
