"""Funnels: exact limits of proportions, rates and ratios of observed to expected; allowance for over-dispersion."""

from collections.abc import Callable
from typing import Literal

import numpy as np
import pandas as pd
from scipy import special

from orchestration.errors import WarehouseError
from orchestration.statistics import overdispersion as spread
from orchestration.statistics.grouping import Groups, Labels, Numbers, columns, number, refuse, refuse_unlike_order
from orchestration.statistics.overdispersion import Overdispersion

Kind = Literal["proportion", "ratio", "rate"]

_LIMITS = {"lower_95": 0.025, "upper_95": 0.975, "lower_998": 0.001, "upper_998": 0.999}


class FunnelError(WarehouseError):
    """Counts, a target or an option of which no funnel can be made."""


def limits(
    numerator: Numbers,
    denominator: Numbers,
    *,
    kind: Kind,
    target: float | Numbers | None = None,
    overdispersion: Overdispersion | None = None,
    by: Labels | None = None,
) -> pd.DataFrame:
    """Return the limits of each unit's figure in a funnel, on the index of `numerator`.

    A row is a unit. `proportion`: `numerator` of `denominator` cases; `ratio`: observed over expected events; `rate`:
    events over exposure. `by` has the label of each unit's group: a funnel of its own. `target` is one number, one per
    row, or by default the sum of numerators over the sum of denominators of the group, 1 for a ratio.

    Columns: `value`, `target`, `z` (before allowance), `lower_95`, `upper_95`, `lower_998`, `upper_998` (unit of the
    value), `tail_low` and `tail_high` (probability of so low, or so high, a value; half of that of the very value, the
    mid-p of Lancaster, JASA 1961;56:223-34), `flag` and `flag_95` (`low` or `high` where that is under 0.001, or 0.025;
    else empty). A flag is a request to look. `attrs`: `phi`, `tau2` and `kept` (units behind them): numbers where `by`
    is None, else `groups`, whose `frame` has a row per label; missing, and 0, without `overdispersion`.

    Exact limits. Proportion (Spiegelhalter, Stat Med 2005;24:1185-202, appendix): r is the binomial quantile of p,
    alpha = (P(R <= r) - p) / P(R = r), the limit (r - alpha) / n. Ratio and rate, with E = denominator x target:
    chi2(p, 2 E) / 2 E below, chi2(p, 2 (E + 1)) / 2 E above, times the target (FunnelPlotR,
    `R/calculate_limits.R`). These are drawn. `flag` goes by the tails, and may differ from what is drawn. Proportions
    have the quantile itself outside: one event of 5 cases at a risk of 1 % lies beyond "99.8 %" though it has a
    probability of 5 %. Upper Poisson limits are wide: with 1 event expected the line is at 9.2, and 6 are flagged.

    z. Proportion: 2 sqrt(n) (arcsin sqrt(r / n) - arcsin sqrt(target)); ratio and rate: 2 (sqrt(O) - sqrt(E)), or,
    where `overdispersion` is `truncate`, SHMI's sqrt(E) ln(O / E) with E to two decimals (as it is where these are 0),
    missing for O = 0.

    `overdispersion` (see `overdispersion.estimate`) adds tau2 to the variance s^2 on that scale: sin^2(arcsin
    sqrt(target) +- q sqrt(s^2 + tau2)), (1 +- q sqrt(s^2 + tau2))^2, or SHMI's exp(+- q sqrt(1 / E + tau2)), with q a
    quantile of the normal distribution, or of Student's t for `consistent` (`overdispersion.freedom`). A limit is
    the wider of that and the exact one, and a tail the larger of the two, so that allowing for over-dispersion never
    adds a flag and never narrows a limit. Where tau2 is 0 both are the exact ones.

    A missing value, or a denominator of 0, has neither limits nor flag. Raises `FunnelError` for a negative or infinite
    number, a proportion over 1, a target outside of what a value can be, Series on unlike indexes, or an unknown
    option.
    """
    given_by = {"numerator": numerator, "denominator": denominator, "target": target, "by": by}
    rows, given = _checked(numerator, denominator, kind, target, overdispersion)
    refuse_unlike_order(given_by, FunnelError)
    groups = number(by, rows, FunnelError)
    missing = np.isnan(given["numerator"]) | ~(given["denominator"] > 0)
    top = np.where(missing, np.nan, given["numerator"])
    bottom = np.where(missing, np.nan, given["denominator"])
    centre = given["target"] if "target" in given else _centre(top, bottom, groups, kind)
    frame = pd.DataFrame({"value": top / bottom, "target": np.where(missing, np.nan, centre)}, index=rows)
    make = _proportion if kind == "proportion" else _events
    with np.errstate(divide="ignore", invalid="ignore"):
        frame["z"], exact, tails, excess = make(top, bottom, frame["target"].to_numpy(), groups, overdispersion)
        phi, tau2, kept, adjusted, adjusted_tails = excess
    is_spread = tau2[groups.of] > 0
    for name in _LIMITS:
        widest = np.fmin if name.startswith("lower") else np.fmax
        frame[name] = np.where(is_spread, widest(exact[name], adjusted[name]), exact[name]) if adjusted else exact[name]
    low, high = tails
    if adjusted:
        low = np.where(is_spread, np.fmax(low, adjusted_tails[0]), low)
        high = np.where(is_spread, np.fmax(high, adjusted_tails[1]), high)
    frame["tail_low"], frame["tail_high"] = low, high
    for name, tail in (("flag", _LIMITS["lower_998"]), ("flag_95", _LIMITS["lower_95"])):
        frame[name] = np.array(["", "low", "high"], dtype=object)[np.where(low < tail, 1, np.where(high < tail, 2, 0))]
    frame.attrs = groups.attrs({"phi": phi, "tau2": tau2, "kept": kept})
    return frame


def _checked(
    numerator: Numbers, denominator: Numbers, kind: str, target: float | Numbers | None, overdispersion: str | None
) -> tuple[pd.Index, dict[str, np.ndarray]]:
    if kind not in ("proportion", "ratio", "rate"):
        raise FunnelError(f"The kind is {kind!r}; it is one of proportion, ratio, rate.")
    if overdispersion not in (None, "winsorise", "truncate", "consistent"):
        raise FunnelError(f"Overdispersion is {overdispersion!r}; it is one of None, winsorise, truncate, consistent.")
    named = {"numerator": numerator, "denominator": denominator}
    if target is not None and not np.isscalar(target):
        named["target"] = target  # type: ignore[assignment]
    rows, given = columns(named, FunnelError)
    if target is not None and np.isscalar(target):
        given["target"] = np.full(len(rows), float(target))  # type: ignore[arg-type]
    for name, numbers in given.items():
        refuse(np.isinf(numbers) | (numbers < 0), rows, FunnelError, f"has a {name} that is negative or infinite.")
    if kind == "proportion":
        refuse(
            given["numerator"] > given["denominator"], rows, FunnelError,
            "has a numerator over its denominator; a proportion counts some of its cases.",
        )  # fmt: skip
        if "target" in given:
            refuse(given["target"] > 1, rows, FunnelError, "has a target over 1; a proportion is 1 at most.")
    return rows, given


def _centre(top: np.ndarray, bottom: np.ndarray, groups: Groups, kind: Kind) -> np.ndarray:
    if kind == "ratio":
        return np.ones(len(top))
    with np.errstate(divide="ignore", invalid="ignore"):
        return (groups.total(np.nan_to_num(top)) / groups.total(np.nan_to_num(bottom)))[groups.of]


_Made = tuple[np.ndarray, dict[str, np.ndarray], tuple[np.ndarray, np.ndarray], tuple]


def _proportion(
    r: np.ndarray, n: np.ndarray, target: np.ndarray, groups: Groups, method: Overdispersion | None
) -> _Made:
    centre, variance = np.arcsin(np.sqrt(target)), 1 / (4 * n)
    distance = np.arcsin(np.sqrt(np.minimum(r / n, 1))) - centre
    exact = {name: _binomial_limit(p, n, target) for name, p in _LIMITS.items()}
    up_to, before = _binomial_cdf(r, n, target), _binomial_cdf(r - 1, n, target)
    tails = (up_to + before) / 2, 1 - (up_to + before) / 2

    def back(place: np.ndarray) -> np.ndarray:
        return np.sin(np.clip(centre + place, 0, np.pi / 2)) ** 2

    return distance / np.sqrt(variance), exact, tails, _excess(distance, variance, groups, method, back)


def _events(
    observed: np.ndarray, exposure: np.ndarray, target: np.ndarray, groups: Groups, method: Overdispersion | None
) -> _Made:
    expected = exposure * target
    # By exposure, not by E, and with an E above 0, so that a target of 0 has limits.
    some = np.maximum(expected, 1e-300)
    exact = {name: special.gammaincinv(some + (p > 0.5), p) / exposure for name, p in _LIMITS.items()}
    # P(X <= O) and P(X < O) of a Poisson variable.
    up_to = special.gammaincc(observed + 1, expected)
    before = np.where(observed > 0, special.gammaincc(np.maximum(observed, 1e-300), expected), 0.0)
    before = np.where(np.isnan(expected), np.nan, before)
    tails = (up_to + before) / 2, 1 - (up_to + before) / 2
    if method == "truncate":
        two_decimals = np.round(expected, 2)
        rounded = np.where(two_decimals > 0, two_decimals, expected)
        distance, variance = np.log(observed / rounded), 1 / rounded
        z = np.where(observed > 0, distance / np.sqrt(variance), np.nan)
        # With hardly any expected events the line is beyond what a float holds; e^300 is as far off.
        excess = _excess(distance, variance, groups, method, lambda place: target * np.exp(np.minimum(place, 300)))
    else:
        distance, variance = np.sqrt(observed / expected) - 1, 1 / (4 * expected)
        z = 2 * (np.sqrt(observed) - np.sqrt(expected))
        excess = _excess(distance, variance, groups, method, lambda place: target * np.maximum(1 + place, 0) ** 2)
    return z, exact, tails, excess


def _excess(
    distance: np.ndarray,
    variance: np.ndarray,
    groups: Groups,
    method: Overdispersion | None,
    back: Callable[[np.ndarray], np.ndarray],
) -> tuple:
    """Return phi, tau2, kept, and the limits (`back` undoes the scale) and both tails that allow for tau2; or none."""
    if method is None:
        nothing = np.full(groups.count, np.nan)
        present = Groups(groups.of[np.isfinite(distance)], groups.labels, groups.count)
        return nothing, np.zeros(groups.count), present.total(np.ones(len(present.of))).astype(int), {}, None
    phi, tau2, kept = spread.estimate(distance / np.sqrt(variance), variance, groups, method)
    width = np.sqrt(variance + tau2[groups.of])
    df = spread.freedom(kept, method)[groups.of]
    adjusted = {name: back(_quantile(p, df) * width) for name, p in _LIMITS.items()}
    return phi, tau2, kept, adjusted, (_tail(distance / width, df), _tail(-distance / width, df))


def _quantile(p: float, df: np.ndarray) -> np.ndarray:
    return np.where(np.isinf(df), special.ndtri(p), special.stdtrit(np.where(np.isinf(df), 1.0, df), p))


def _tail(z: np.ndarray, df: np.ndarray) -> np.ndarray:
    return np.where(np.isinf(df), special.ndtr(z), special.stdtr(np.where(np.isinf(df), 1.0, df), z))


def _binomial_cdf(k: np.ndarray, n: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Return P(R <= k) by the incomplete beta function, which is many times as fast as a sum."""
    inside = special.betainc(np.maximum(n - k, 1e-300), np.maximum(k, 0) + 1, 1 - chance)
    return np.where(np.isnan(inside), np.nan, np.where(k < 0, 0.0, np.where(k >= n, 1.0, inside)))


def _binomial_limit(p: float, n: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Return the interpolated limit at probability `p`: see `limits`."""
    r = _binomial_quantile(p, n, chance)
    up_to = _binomial_cdf(r, n, chance)
    at = up_to - _binomial_cdf(r - 1, n, chance)
    return np.clip((r - (up_to - p) / at) / n, 0, 1)


def _binomial_quantile(p: float, n: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Return the least r with P(R <= r) >= p: guessed from the normal distribution and its skew, then stepped to."""
    z, deviation = special.ndtri(p), np.sqrt(n * chance * (1 - chance))
    r = np.clip(np.floor(n * chance + z * deviation + (z**2 - 1) * (1 - 2 * chance) / 6), 0, n)
    told = np.flatnonzero(~np.isnan(r))
    at = told
    while len(at := at[_binomial_cdf(r[at], n[at], chance[at]) < p]):
        r[at] += 1
    at = told
    while len(at := at[(r[at] > 0) & (_binomial_cdf(r[at] - 1, n[at], chance[at]) >= p)]):
        r[at] -= 1
    return r
