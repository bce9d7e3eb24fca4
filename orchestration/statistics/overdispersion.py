"""How much units of a group differ beyond chance: phi and tau squared from their z, robust to a few far out."""

from typing import Literal

import numpy as np
from scipy import special

from orchestration.statistics.grouping import Groups, quantiles

Overdispersion = Literal["winsorise", "truncate", "consistent"]

_WINSORISED = (0.1, 0.9)
_PARTS = 10
# Variance of a standard normal whose tails are pulled to its 10 % and 90 % points c, by parts:
# 0.8 - 2 c density(c) + 0.2 c^2 = 0.6787.
_C = special.ndtri(_WINSORISED[1])
_DENSITY = np.exp(-(_C**2) / 2) / np.sqrt(2 * np.pi)
_NULL_VARIANCE = 0.8 - 2 * _C * _DENSITY + 0.2 * _C**2
# A group is solved when what is left over is this share of one unit's; most take 10 to 20 steps.
_LEFT_OVER = 1e-10
_STEPS = 100
# How many units an estimate of that variance takes in place of one unit of a plain one: 1.41. Its influence function is
# min(z^2, c^2) + (0.2 c / density(c)) [|z| > c], less the mean (Huber 1981, section 3.3); a plain one's variance is 2.
_PULL = 0.2 * _C / _DENSITY
_SQUARES = 2.4 - 2 * _DENSITY * (_C**3 + 3 * _C) + 0.2 * _C**4 - _NULL_VARIANCE**2
_UNITS_FOR_ONE = (_SQUARES + 2 * _PULL * 0.2 * (_C**2 - _NULL_VARIANCE) + 0.16 * _PULL**2) / (2 * _NULL_VARIANCE**2)


def estimate(
    z: np.ndarray, variance: np.ndarray, groups: Groups, method: Overdispersion
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return phi, tau squared (on the scale of `variance`) and the units behind them, of each group.

    `z` are differences from the target in standard deviations, `variance` those of what was compared; missing z are
    left out. phi = sum z^2 / n; tau2 = (n phi - (n - 1)) / (sum w - sum w^2 / sum w) with w = 1 / variance, at least 0.

    `winsorise` pulls z beyond the group's 10th and 90th percentiles (R's type 7) to these (Spiegelhalter 2005, Qual Saf
    Health Care 14:347-51; FunnelPlotR, `R/od_adjustment.R`). `truncate` leaves out the units whose rank r of n has
    floor(10 r / (n + 1)) of 0 or 9 (SHMI specification, NHS England; the same file); a z of -inf has a rank, and is
    left out where it is in the middle. Both make phi too small where chance alone is at work, so they allow for too
    little.

    `consistent` is ours. It divides the winsorised phi by what that is of chance alone, 0.6787. Its tau2 is the one at
    which phi of differences / sqrt(variance + tau2) is (n - 1) / n, so that nothing is left over (Paule & Mandel 1982,
    J Res Natl Bur Stand 87:377-85, with phi made robust). The closed form above is the same for units of one size.
    Where sizes differ, z in units of chance alone are a mixture with longer tails than the normal, which winsorising
    takes away: it then misses 5 % of tau2 at phi 5.
    """
    present = np.flatnonzero(~np.isnan(z) & (variance > 0) & np.isfinite(variance))
    within = Groups(groups.of[present], groups.labels, groups.count)
    y, weight = z[present], 1 / variance[present]
    if method == "truncate":
        kept = _middle(y, within)
        kept = kept[np.isfinite(y[kept])]
        within, y, weight = Groups(within.of[kept], groups.labels, groups.count), y[kept], weight[kept]
    else:
        y = _winsorised(y, within)
    count = within.total(np.ones(len(y)))
    with np.errstate(divide="ignore", invalid="ignore"):
        phi = within.total(y**2) / count
        if method == "consistent":
            phi = phi / _NULL_VARIANCE
        total = within.total(weight)
        room = total - within.total(weight**2) / total
        tau2 = (count * phi - (count - 1)) / room
    told = (count >= 2) & (room > 0) & (tau2 > 0)
    tau2 = np.where(told, tau2, 0.0)
    if method == "consistent":
        tau2 = _solved(z[present] * np.sqrt(variance[present]), variance[present], within, tau2)
    return phi, tau2, count.astype(int)


def freedom(kept: np.ndarray, method: Overdispersion) -> np.ndarray:
    """Return the degrees of freedom of limits that allow for over-dispersion, of each group.

    The published methods take tau2 as known, and limits as normal. It is learned from `kept` units: with `consistent`
    limits are those of Student's t, or 3 to 4 in place of 2 of 1000 would be flagged by chance among 12 to 40.

    Few units tell little, and each is among those that it is held against: of clinicians with twice the odds, 300
    patients and no other spread, 78 % are found among 120, 21 % among 12, 4 % among 8, and none among 5.
    """
    return np.maximum(kept / _UNITS_FOR_ONE, 1.0) if method == "consistent" else np.full(len(kept), np.inf)


def _winsorised(y: np.ndarray, groups: Groups) -> np.ndarray:
    low, high = quantiles(y, groups, _WINSORISED)
    return np.clip(y, low[groups.of], high[groups.of])


def _solved(distance: np.ndarray, variance: np.ndarray, groups: Groups, tau2: np.ndarray) -> np.ndarray:
    """Return the tau2 at which nothing is left over, by Newton's method from `tau2`; where that is 0 it stays 0.

    A group that is solved is gone through no more, so its answer depends on no other group.
    """
    tau2 = tau2.copy()
    of, open_groups = groups.of, tau2 > 0
    for _ in range(_STEPS):
        held = open_groups[of]
        distance, variance, of = distance[held], variance[held], of[held]
        if not len(of):
            break
        part = Groups(of, groups.labels, groups.count)
        weight = 1 / (variance + tau2[of])
        squares = _winsorised(distance * np.sqrt(weight), part) ** 2 / _NULL_VARIANCE
        left = part.total(squares) - (part.total(np.ones(len(of))) - 1)
        open_groups &= np.abs(left) > _LEFT_OVER
        slope = part.total(weight * squares)
        tau2[open_groups] = np.maximum(tau2 + left / np.where(open_groups, slope, 1.0), 0.0)[open_groups]
    return tau2


def _middle(y: np.ndarray, groups: Groups) -> np.ndarray:
    """Return the places of the units that are in none of the two outer tenths of their group."""
    order = np.lexsort((y, groups.of))
    of = groups.of[order]
    size = np.bincount(groups.of, minlength=groups.count)
    place = np.arange(len(y)) - (np.cumsum(size) - size)[of] + 1
    # Equal z share the mean of their ranks.
    tie = np.cumsum(np.r_[True, (y[order][1:] != y[order][:-1]) | (of[1:] != of[:-1])][: len(y)]) - 1
    rank = (np.bincount(tie, weights=place) / np.bincount(tie))[tie] if len(y) else place
    part = rank * _PARTS // (size[of] + 1)
    return np.sort(order[(part > 0) & (part < _PARTS - 1)])
