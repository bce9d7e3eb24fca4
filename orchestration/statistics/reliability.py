"""Reliability of figures of clinicians, how many more cases they need, and the estimate that borrows from the peers."""

import numpy as np
import pandas as pd
from scipy import special

from orchestration.errors import WarehouseError
from orchestration.statistics.grouping import Labels, Numbers, columns, number, refuse

# The usual bar for a figure of one clinician (Adams 2009, RAND TR-653).
BAR = 0.7
# A spread between fewer units than this is not told.
FEW_UNITS = 3
_TAIL = 0.025
_Z = special.ndtri(1 - _TAIL)
# Beyond this a float no longer counts single cases.
_COUNTABLE = 2.0**53


class ReliabilityError(WarehouseError):
    """Figures, or a bar, of which no reliability can be told."""


def beta_binomial(
    numerator: Numbers, denominator: Numbers, *, by: Labels | None = None, bar: float = BAR
) -> pd.DataFrame:
    """Return how reliable each unit's rate is among its peers, on the index of `numerator`.

    A row is a unit: `numerator` of `denominator` cases; `by` has the label of its group of peers. Columns: `value`
    (the rate), `reliability` (0 to 1: share of the spread of rates that is between units, at the cases of this unit),
    `is_reliable` (at `bar` or more), `more_needed` (whole number of further cases up to `bar`: 0 when there, missing
    where units do not differ, since no number is enough), `shrunk` (empirical-Bayes estimate of the rate) and
    `shrunk_lower`, `shrunk_upper` (its 95 % interval). `attrs` hold `units`, `mean`, `between_variance`,
    `within_variance` (of one case), `alpha` and `beta`: numbers where `by` is None, else `groups`, whose `frame` has a
    row per label.

    Rates of units follow Beta(alpha, beta), cases are binomial. With weights n, mean p = sum r / sum n,
    S = sum n (r/n - p)^2 and k units with cases, 1 / (alpha + beta + 1) is
    (S / (p (1 - p)) - (k - 1)) / (N - sum n^2 / N - (k - 1)), held within 0 and 1 (Kleinman 1973, JASA 68:46). Between
    variance is p (1 - p) / (alpha + beta + 1), and reliability n / (n + alpha + beta), which is between /
    (between + within / n) with the mean variance of one case in the group (Adams 2009, RAND TR-653). Adams has each
    unit's own r/n there; a unit of all or none would then be perfectly reliable.

    `shrunk` is the mean of the posterior Beta. The interval has the quantiles of a Beta of that mean whose variance is
    that of the posterior and (1 - reliability)^2 times that of `mean` (Kass & Steffey 1989, JASA 84:717, first order);
    it does not know that the between variance is an estimate, so with few peers it is too short (at rates of 0.2 and 25
    cases it held the true rate of 86 % of units among 5 peers, 90 % among 20, 94 % among 80). Where units do not differ
    they are one: the interval is Clopper and Pearson's of the pooled rate.

    Among few peers chance alone may look like a spread. Of units of 17 cases with an intraclass correlation of 0.02,
    whose reliability is 0.26, 5 % were told reliable among 5 peers, 2 % among 10, 0.6 % among 20 and 0.05 % among 40:
    show `units` beside the reliability, or give wider groups.

    Without cases a unit has reliability 0 and the mean of the group. A group has no estimate with fewer than 3 units
    with cases, or where all have one. A missing value stays missing. Raises `ReliabilityError` for a negative or
    infinite number, a numerator over its denominator, or a bar outside 0 and 1.
    """
    rows, given = columns({"numerator": numerator, "denominator": denominator}, ReliabilityError)
    r, n = given["numerator"], given["denominator"]
    _check(rows, given, bar)
    refuse(r > n, rows, ReliabilityError, "has a numerator over its denominator; a rate counts some of its cases.")
    groups = number(by, rows, ReliabilityError)
    r, n = _both(r, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = r / n
        weight = np.nan_to_num(n)
        units, cases, squares = (groups.total(x) for x in (weight > 0, weight, weight**2))
        events = groups.total(np.nan_to_num(r))
        mean = events / cases
        one_case = mean * (1 - mean)
        spread = groups.total(weight * np.nan_to_num((value - mean[groups.of]) ** 2))
        room = cases - squares / cases - (units - 1)
        correlation = np.where(one_case > 0, (spread / one_case - (units - 1)) / room, 0.0)
        told = (units >= FEW_UNITS) & (room > 1e-9 * cases)
        correlation = np.where(told, np.clip(correlation, 0, 1), np.nan)
        strength = 1 / correlation - 1
        variance_of_mean = one_case * ((1 - correlation) / cases + correlation * squares / cases**2)
    frame = _figures(rows, value, n, strength[groups.of], mean=mean[groups.of], bar=bar)
    frame["more_needed"] = _more_needed(n, strength[groups.of], bar)
    shrunk = frame["shrunk"].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = shrunk * (1 - shrunk) / (n + strength[groups.of] + 1)
        variance += (1 - frame["reliability"].to_numpy()) ** 2 * variance_of_mean[groups.of]
        size = np.maximum(shrunk * (1 - shrunk) / variance - 1, 1e-9)
        # a mixture of all and none is a point
        sure = np.isnan(shrunk) | (shrunk <= 0) | (shrunk >= 1)
        pooled = (
            np.where(events > 0, special.betaincinv(events, cases - events + 1, _TAIL), 0.0),
            np.where(events < cases, special.betaincinv(events + 1, cases - events, 1 - _TAIL), 1.0),
        )
    for name, tail, same in zip(("shrunk_lower", "shrunk_upper"), (_TAIL, 1 - _TAIL), pooled, strict=True):
        differ = np.isfinite(strength)[groups.of] & ~sure
        ends = np.where(np.isinf(strength)[groups.of] & ~np.isnan(shrunk), same[groups.of], shrunk)
        ends[differ] = special.betaincinv((shrunk * size)[differ], ((1 - shrunk) * size)[differ], tail)
        frame[name] = _reach(ends, shrunk, tail)
    frame.attrs = groups.attrs(
        {
            "units": units.astype(int),
            "mean": mean,
            "between_variance": one_case * correlation,
            "within_variance": one_case * (1 - correlation),
            "alpha": _share(mean, strength),
            "beta": _share(1 - mean, strength),
        }
    )
    return frame


def normal(
    value: Numbers,
    variance: Numbers,
    *,
    cases: Numbers | None = None,
    by: Labels | None = None,
    bar: float = BAR,
) -> pd.DataFrame:
    """Return how reliable each unit's mean, or ratio of sums, is among its peers, on the index of `value`.

    A row is a unit: its `value`, the sampling `variance` of that value (in the unit of the value, squared), and the
    `cases` behind it, by which variance falls as 1 / cases. Columns and groups are those of `beta_binomial`;
    `more_needed` is missing without `cases`. `attrs`: `units`, `mean` and `between_variance`.

    The between variance is DerSimonian and Laird's (1986, Controlled Clinical Trials 7:177): with w = 1 / variance,
    m = sum w value / sum w and Q = sum w (value - m)^2, it is (Q - (k - 1)) / (sum w - sum w^2 / sum w), at least 0.
    Where variance is one variance per case divided by cases, that is the moment estimator with weights of cases. `mean`
    is weighted by 1 / (between + variance). Reliability is between / (between + variance) (Adams 2009, RAND TR-653).
    `shrunk` is mean + reliability x (value - mean); its interval is normal, with between x (1 - reliability) and
    (1 - reliability)^2 times the variance of `mean` (Morris 1983, JASA 78:47, without his correction for an estimated
    between variance: with few peers it is too short).

    A unit with an infinite variance or 0 cases has no figure: reliability 0 and the mean of the group. A variance of 0
    says that none was measured; as a missing value it stays out of all. Raises `ReliabilityError` for a negative
    variance or cases, an infinite value, or a bar outside 0 and 1.
    """
    named = {"value": value, "variance": variance} | ({} if cases is None else {"cases": cases})
    rows, given = columns(named, ReliabilityError)
    y, v, n = given["value"], given["variance"], given.get("cases")
    none = np.isinf(v) if n is None else np.isinf(v) | (n == 0)
    y, v = np.where(none, 0.0, y), np.where(none, np.inf, v)
    refuse(np.isinf(y), rows, ReliabilityError, "has an infinite value; leave it missing.")
    _check(rows, {"variance": np.where(none, 0.0, v)} | ({} if n is None else {"cases": n}), bar)
    groups = number(by, rows, ReliabilityError)
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(np.isnan(y) | (v == 0), np.nan, 1 / v)
        w = np.nan_to_num(weight)
        units, total, squares = (groups.total(x) for x in (w > 0, w, w**2))
        centre = groups.total(w * np.nan_to_num(y)) / total
        spread = groups.total(w * np.nan_to_num((y - centre[groups.of]) ** 2))
        between = np.maximum((spread - (units - 1)) / (total - squares / total), 0.0)
        between = np.where(units >= FEW_UNITS, between, np.nan)
        whole = np.where(w > 0, 1 / (between[groups.of] + v), 0.0)
        variance_of_mean = 1 / groups.total(whole)
        mean = groups.total(whole * np.nan_to_num(y)) * variance_of_mean
        half = (1 / between)[groups.of]
    frame = _figures(rows, np.where(none, np.nan, y), weight, half, mean=mean[groups.of], bar=bar)
    with np.errstate(invalid="ignore"):
        # at which cases variance is the between variance
        cases_at_half = np.full(len(rows), np.nan) if n is None else np.where(none, np.nan, v * n) * half
    frame["more_needed"] = _more_needed(n if n is not None else weight, cases_at_half, bar)
    left = 1 - frame["reliability"].to_numpy()
    width = _Z * np.sqrt(between[groups.of] * left + left**2 * variance_of_mean[groups.of])
    frame["shrunk_lower"], frame["shrunk_upper"] = frame["shrunk"] - width, frame["shrunk"] + width
    frame.attrs = groups.attrs({"units": units.astype(int), "mean": mean, "between_variance": between})
    return frame


def gamma_poisson(
    observed: Numbers,
    expected: Numbers,
    *,
    cases: Numbers | None = None,
    by: Labels | None = None,
    bar: float = BAR,
) -> pd.DataFrame:
    """Return how reliable each unit's ratio of observed to expected events is, on the index of `observed`.

    A row is a unit: `observed` events, the `expected` number of them, and the `cases` that were at risk. Columns and
    groups are those of `beta_binomial`, of the ratio O/E; `more_needed` counts further cases of the unit's own mix, or,
    without `cases`, further expected events. `attrs`: `units`, `mean`, `between_variance`, `alpha` (the rate) and `nu`
    (the shape) of the gamma distribution.

    Ratios of units follow Gamma(nu, rate alpha), events are Poisson. With m = sum O / sum E and S = sum E (O/E - m)^2,
    the between variance is (S - (k - 1) m) / (sum E - sum E^2 / sum E), at least 0: Marshall's moments (1991, Applied
    Statistics 40:283) with the divisors that leave no bias with few units (Buhlmann & Straub 1970). alpha = m / between
    and nu = m alpha; reliability is E / (E + alpha), and `shrunk` (nu + O) / (alpha + E) (Clayton & Kaldor 1987,
    Biometrics 43:671). The interval has gamma quantiles and is made as that of `beta_binomial`; where units do not
    differ it is the exact Poisson one of the pooled ratio.

    A unit with nothing expected has reliability 0 and the mean. Raises `ReliabilityError` for a negative or infinite
    number, for events where none are expected, or a bar outside 0 and 1.
    """
    named = {"observed": observed, "expected": expected} | ({} if cases is None else {"cases": cases})
    rows, given = columns(named, ReliabilityError)
    _check(rows, given, bar)
    o, e = _both(given["observed"], given["expected"])
    refuse((o > 0) & (e == 0), rows, ReliabilityError, "has events where none are expected; give its expected number.")
    groups = number(by, rows, ReliabilityError)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = o / e
        weight = np.nan_to_num(e)
        units, total, squares = (groups.total(x) for x in (weight > 0, weight, weight**2))
        events = groups.total(np.nan_to_num(o))
        mean = events / total
        spread = groups.total(weight * np.nan_to_num((value - mean[groups.of]) ** 2))
        between = np.maximum((spread - (units - 1) * mean) / (total - squares / total), 0.0)
        between = np.where(units >= FEW_UNITS, between, np.nan)
        alpha = np.where(between > 0, mean / between, np.where(np.isnan(between), np.nan, np.inf))
        variance_of_mean = mean / total + between * squares / total**2
    frame = _figures(rows, value, e, alpha[groups.of], mean=mean[groups.of], bar=bar)
    with np.errstate(divide="ignore", invalid="ignore"):
        n = e if cases is None else given["cases"]
        frame["more_needed"] = _more_needed(n, alpha[groups.of] if cases is None else alpha[groups.of] * n / e, bar)
        shrunk = frame["shrunk"].to_numpy()
        variance = shrunk / (e + alpha[groups.of])
        variance += (1 - frame["reliability"].to_numpy()) ** 2 * variance_of_mean[groups.of]
        pooled = (
            np.where(events > 0, special.gammaincinv(events, _TAIL), 0.0) / total,
            special.gammaincinv(events + 1, 1 - _TAIL) / total,
        )
        for name, tail, same in zip(("shrunk_lower", "shrunk_upper"), (_TAIL, 1 - _TAIL), pooled, strict=True):
            differ = np.isfinite(alpha)[groups.of] & ~np.isnan(shrunk)
            ends = np.where(np.isnan(shrunk), np.nan, same[groups.of])
            ends[differ] = (special.gammaincinv(shrunk**2 / variance, tail) * variance / shrunk)[differ]
            frame[name] = _reach(ends, shrunk, tail)
    frame.attrs = groups.attrs(
        {
            "units": units.astype(int),
            "mean": mean,
            "between_variance": between,
            "alpha": alpha,
            "nu": _share(mean, alpha),
        }
    )
    return frame


def _check(rows: pd.Index, given: dict[str, np.ndarray], bar: float) -> None:
    if not 0 < bar < 1:
        raise ReliabilityError(f"The bar is {bar}; reliability lies between 0 and 1, and so does a bar.")
    for name, values in given.items():
        refuse(values < 0, rows, ReliabilityError, f"has a negative {name}; counts and variances are 0 at least.")
        refuse(np.isinf(values), rows, ReliabilityError, f"has an infinite {name}; leave it missing.")


def _both(top: np.ndarray, bottom: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both as missing where one is."""
    missing = np.isnan(top) | np.isnan(bottom)
    return np.where(missing, np.nan, top), np.where(missing, np.nan, bottom)


def _share(mean: np.ndarray, strength: np.ndarray) -> np.ndarray:
    """Return a parameter of the distribution of units; infinite where they do not differ."""
    return np.multiply(mean, strength, out=strength.copy(), where=np.isfinite(strength))


def _reach(ends: np.ndarray, shrunk: np.ndarray, tail: float) -> np.ndarray:
    """Return the ends of intervals, stretched to the estimate where a very skewed posterior has its mean outside."""
    return np.minimum(ends, shrunk) if tail < 0.5 else np.maximum(ends, shrunk)


def _figures(
    rows: pd.Index, value: np.ndarray, n: np.ndarray, half: np.ndarray, *, mean: np.ndarray, bar: float
) -> pd.DataFrame:
    """Return value, reliability and shrunken value of units of `n` cases, where `half` cases have reliability 1/2."""
    with np.errstate(divide="ignore", invalid="ignore"):
        reliability = np.where((n == 0) & ~np.isnan(half), 0.0, n / (n + half))
        shrunk = np.where(n == 0, mean, mean + reliability * (value - mean))
    return pd.DataFrame(
        {
            "value": value,
            "reliability": reliability,
            "is_reliable": reliability >= bar,
            "more_needed": pd.NA,
            "shrunk": np.where(np.isnan(reliability), np.nan, shrunk),
        },
        index=rows,
    )


def _more_needed(n: np.ndarray, half: np.ndarray, bar: float) -> pd.arrays.IntegerArray:
    """Return the least whole number of further cases at which `(n + more) / (n + more + half)` is `bar` or more."""
    with np.errstate(divide="ignore", invalid="ignore"):
        more = np.ceil(np.maximum(half * (bar / (1 - bar)) - n, 0))
        unknown = ~(more < _COUNTABLE)
        more[unknown] = 0
        # rounding may put it one off
        more += ~((n + more) / (n + more + half) >= bar)
        more -= (more > 0) & ((n + more - 1) / (n + more - 1 + half) >= bar)
    return pd.arrays.IntegerArray(np.where(unknown, 0, more).astype(np.int64), unknown)
