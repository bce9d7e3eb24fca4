"""Reliability and shrinkage: published figures, cases worked by hand, and moments told again pair by pair."""

import math
from fractions import Fraction
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize
from statsmodels.stats.meta_analysis import combine_effects

from orchestration.statistics import reliability

# Efron & Morris 1977, Scientific American 236(5):119: batting averages of 18 players after 45 times at bat.
BATTING = [18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7]
# Trials of the BCG vaccine (Colditz 1994): ill and well of the vaccinated, ill and well of the others.
BCG = np.array(
    [
        [4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27],
        [119, 300, 228, 13536, 5036, 1361, 2537, 87886, 7470, 1699, 50448, 2493, 16886],
        [11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29],
        [128, 274, 209, 12619, 5761, 1079, 619, 87892, 7232, 1600, 27197, 2338, 17825],
    ]
)
COLUMNS = ["value", "reliability", "is_reliable", "more_needed", "shrunk", "shrunk_lower", "shrunk_upper"]


def quantile_by_integration(density, share: float, upper: float) -> float:
    """The point below which `share` of the area of a density lies, found with nothing but its values."""
    area = integrate.quad(density, 0, upper, epsabs=0, epsrel=1e-12, limit=400)[0]
    return optimize.brentq(
        lambda x: integrate.quad(density, 0, x, epsabs=0, epsrel=1e-12, limit=400)[0] / area - share,
        1e-9,
        upper * (1 - 1e-9),
        xtol=1e-14,
    )


def test_beta_binomial__of_three_units_is_as_worked_by_hand() -> None:
    """Mean 1/2, S = 10 (0.16 + 0 + 0.16) = 3.2; (3.2 / 0.25 - 2) / (30 - 10 - 2) = 0.6 = 1 / (alpha + beta + 1)."""
    found = reliability.beta_binomial([1, 5, 9], [10, 10, 10])
    assert found.columns.to_list() == COLUMNS
    told = {
        "units": 3,
        "mean": 0.5,
        "between_variance": 0.15,
        "within_variance": 0.1,
        "alpha": 1 / 3,
        "beta": 1 / 3,
    }
    assert found.attrs == pytest.approx(told, rel=1e-12)
    # 10 / (10 + 2/3)
    assert found["reliability"].to_list() == pytest.approx([0.9375] * 3, rel=1e-12)
    assert found["shrunk"].to_list() == pytest.approx([0.125, 0.5, 0.875], rel=1e-12)
    assert found["more_needed"].to_list() == [0, 0, 0] and found["is_reliable"].all()


def test_beta_binomial__has_the_posterior_that_integration_has() -> None:
    """Prior times likelihood for 1 of 10, by quadrature; the variance of the mean is 0.25 (0.4/30 + 0.6 x 300/900)."""
    found = reliability.beta_binomial([1, 5, 9], [10, 10, 10]).iloc[0]

    def posterior(x: float) -> float:
        """At p = x^3: without the cusp at 0."""
        p = x**3
        return p ** (1 / 3 - 1) * (1 - p) ** (1 / 3 - 1) * p * (1 - p) ** 9 * 3 * x**2

    area, first, second = (
        integrate.quad(lambda x, power=power: x ** (3 * power) * posterior(x), 0, 1, epsabs=0, epsrel=1e-12)[0]
        for power in (0, 1, 2)
    )
    mean = first / area
    assert found["shrunk"] == pytest.approx(mean, rel=1e-9)
    variance = second / area - mean**2 + 0.0625**2 * (0.25 * (0.4 / 30 + 0.6 * 300 / 900))
    size = mean * (1 - mean) / variance - 1
    ends = [
        quantile_by_integration(lambda p: p ** (mean * size - 1) * (1 - p) ** ((1 - mean) * size - 1), share, 1.0)
        for share in (0.025, 0.975)
    ]
    assert found[["shrunk_lower", "shrunk_upper"]].to_list() == pytest.approx(ends, rel=1e-8)


def test_beta_binomial__where_units_do_not_differ_has_clopper_and_pearsons_interval() -> None:
    """15 of 30 together: the end is the rate at which so many or more have a chance of 2.5 %, by counting."""
    found = reliability.beta_binomial([5, 5, 5], [10, 10, 10])
    assert (found["reliability"] == 0).all() and found["more_needed"].isna().all() and not found["is_reliable"].any()
    assert (found["shrunk"] == 0.5).all()
    for end, counts in (("shrunk_lower", range(15, 31)), ("shrunk_upper", range(16))):
        p = found[end].iloc[0]
        chance = math.fsum(math.comb(30, x) * p**x * (1 - p) ** (30 - x) for x in counts)
        assert chance == pytest.approx(0.025, rel=1e-9)


def test_beta_binomial__of_no_events_says_how_many_there_may_be() -> None:
    """None of 30: (1 - p)^30 = 2.5 %."""
    found = reliability.beta_binomial([0, 0, 0], [10, 10, 10])
    assert (found["shrunk"] == 0).all() and (found["shrunk_lower"] == 0).all()
    assert found["shrunk_upper"].to_list() == pytest.approx([1 - 0.025 ** (1 / 30)] * 3, rel=1e-12)
    whole = reliability.beta_binomial([10, 10, 10], [10, 10, 10])
    assert whole["shrunk_lower"].to_list() == pytest.approx([0.025 ** (1 / 30)] * 3, rel=1e-12)
    assert (whole["shrunk_upper"] == 1).all()


def test_normal__has_the_published_shrinkage_of_batting_averages() -> None:
    """Efron & Morris 1977 print the mean .265 and c = .212 = 1 - (k - 3) variance / sum of squares.

    The moment estimator has k - 1 in place of k - 3, so 1 - c is 15/17 of 1 - reliability.
    """
    value = np.array(BATTING) / 45
    mean = value.mean()
    found = reliability.normal(value, np.full(18, mean * (1 - mean) / 45), cases=np.full(18, 45))
    assert found.attrs["mean"] == pytest.approx(0.265, abs=5e-4)
    assert 1 - (1 - found["reliability"].iloc[0]) * 15 / 17 == pytest.approx(0.212, abs=5e-4)
    factor = 1 - 17 * mean * (1 - mean) / 45 / ((value - mean) ** 2).sum()
    assert found["shrunk"].to_list() == pytest.approx(list(mean + factor * (value - mean)), rel=1e-9)


def test_normal__has_the_published_shrinkage_of_batting_on_the_arcsine_scale() -> None:
    """Efron & Morris 1975, JASA 70:311: sqrt(45) arcsin(2 y - 1) has variance 1, V = 18.96 and (k - 3) / V = .791."""
    scaled = math.sqrt(45) * np.arcsin(2 * np.array(BATTING) / 45 - 1)
    found = reliability.normal(scaled, np.ones(18))
    assert 17 / (1 - found["reliability"].iloc[0]) == pytest.approx(18.96, abs=5e-3)
    assert (1 - found["reliability"].iloc[0]) * 15 / 17 == pytest.approx(0.791, abs=5e-4)


def test_normal__has_the_published_moments_of_the_bcg_trials() -> None:
    """metafor's tests (test_misc_metan_vs_rma.uni_with_dat.bcg): -0.7141, from -1.0644 to -0.3638; statsmodels agrees.

    A unit without cases has the interval of a new unit: the between variance and the variance of the mean.
    """
    ill, well, ill_other, well_other = BCG
    value = np.log(ill / (ill + well) / (ill_other / (ill_other + well_other)))
    variance = 1 / ill - 1 / (ill + well) + 1 / ill_other - 1 / (ill_other + well_other)
    found = reliability.normal([*value, math.nan], [*variance, math.inf])
    assert found.attrs["mean"] == pytest.approx(-0.7141, abs=5e-5)
    tau2 = combine_effects(value, variance, method_re="chi2").tau2
    assert found.attrs["between_variance"] == pytest.approx(tau2, rel=1e-9)
    error = (-0.3638 + 1.0644) / 2 / 1.959964
    width = (found["shrunk_upper"] - found["shrunk_lower"]).iloc[-1] / 2 / 1.959964
    assert width**2 == pytest.approx(tau2 + error**2, abs=1e-4)
    assert found["reliability"].iloc[-1] == 0 and found["shrunk"].iloc[-1] == found.attrs["mean"]


def test_normal__with_few_peers_is_as_worked_by_hand() -> None:
    """Variance 1 each: Q = 8, between 8 / 2 - 1 = 3, reliability 3/4; the mean has variance (3 + 1) / 3."""
    found = reliability.normal([8, 10, 12], [1, 1, 1], cases=[6, 6, 6], bar=0.9)
    assert found.attrs == pytest.approx({"units": 3, "mean": 10, "between_variance": 3}, rel=1e-12)
    assert found["reliability"].to_list() == pytest.approx([0.75] * 3, rel=1e-12)
    assert found["shrunk"].to_list() == pytest.approx([8.5, 10, 11.5], rel=1e-12)
    half = 1.959963984540054 * math.sqrt(3 * 0.25 + 0.25**2 * 4 / 3)
    assert (found["shrunk_upper"] - found["shrunk"]).to_list() == pytest.approx([half] * 3, rel=1e-12)
    # one case has variance 6: n / (n + 2) is 0.9 at n = 18
    assert found["more_needed"].to_list() == [12, 12, 12]
    assert reliability.normal([8, 10, 12], [1, 1, 1])["more_needed"].isna().all()


def test_normal__a_variance_of_nought_was_not_measured() -> None:
    found = reliability.normal([8, 10, 12, 99], [1, 1, 1, 0])
    assert found.attrs["between_variance"] == pytest.approx(3) and math.isnan(found["reliability"].iloc[3])
    assert not found["is_reliable"].iloc[3] and math.isnan(found["shrunk"].iloc[3])


def test_gamma_poisson__of_three_units_is_as_worked_by_hand() -> None:
    """S = 48.8 - 900/23, less 2 x 30/23 is 162.4/23; 23 - 189/23 is 340/23: between 162.4/340."""
    found = reliability.gamma_poisson([2, 8, 20], [5, 8, 10])
    between, mean = 162.4 / 340, 30 / 23
    alpha = mean / between
    told = {"units": 3, "mean": mean, "between_variance": between, "alpha": alpha, "nu": mean * alpha}
    assert found.attrs == pytest.approx(told, rel=1e-12)
    assert found["reliability"].to_list() == pytest.approx([e / (e + alpha) for e in (5, 8, 10)], rel=1e-12)
    shrunk = [(mean * alpha + o) / (alpha + e) for o, e in ((2, 5), (8, 8), (20, 10))]
    assert found["shrunk"].to_list() == pytest.approx(shrunk, rel=1e-12)
    # 7/3 alpha = 6.37: two more expected events for the first
    assert found["more_needed"].to_list() == [2, 0, 0]
    # at half an expected event a case, three cases make 1.5
    by_case = reliability.gamma_poisson([2, 8, 20], [5, 8, 10], cases=[10, 16, 20])
    assert by_case["more_needed"].to_list() == [3, 0, 0]
    variance = shrunk[0] / (5 + alpha) + (alpha / (5 + alpha)) ** 2 * (mean / 23 + between * 189 / 23**2)
    shape, rate = shrunk[0] ** 2 / variance, shrunk[0] / variance
    ends = [
        quantile_by_integration(lambda x: x ** (shape - 1) * math.exp(-rate * x), share, 12.0)
        for share in (0.025, 0.975)
    ]
    assert found[["shrunk_lower", "shrunk_upper"]].iloc[0].to_list() == pytest.approx(ends, rel=1e-8)


def test_gamma_poisson__where_units_do_not_differ_has_the_exact_poisson_interval() -> None:
    """Six events of six expected: at the ends, so few or so many have a chance of 2.5 %."""
    found = reliability.gamma_poisson([2, 2, 2], [2, 2, 2])
    assert (found["shrunk"] == 1).all() and found["more_needed"].isna().all()
    low, high = 6 * found["shrunk_lower"].iloc[0], 6 * found["shrunk_upper"].iloc[0]
    at_most = [math.fsum(math.exp(-m) * m**x / math.factorial(x) for x in range(k)) for m, k in ((low, 6), (high, 7))]
    assert [1 - at_most[0], at_most[1]] == pytest.approx([0.025] * 2, rel=1e-9)
    none = reliability.gamma_poisson([0, 0, 0], [2, 2, 2])
    assert (none["shrunk_lower"] == 0).all()
    assert none["shrunk_upper"].to_list() == pytest.approx([-math.log(0.025) / 6] * 3, rel=1e-12)


UNITS = st.lists(
    st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=12
)


def kleinman_by_pairs(units: list[tuple[int, int]]) -> Fraction | None:
    """1 / (alpha + beta + 1) in fractions, with S = sum over pairs of n n' (p - p')^2 / N."""
    units = [unit for unit in units if unit[1]]
    if len(units) < 3 or all(n == 1 for _, n in units):
        return None
    cases = sum(n for _, n in units)
    mean = Fraction(sum(r for r, _ in units), cases)
    if mean in (0, 1):
        return Fraction(0)
    spread = sum(
        Fraction(n * m, cases) * (Fraction(r, n) - Fraction(q, m)) ** 2 for (r, n), (q, m) in combinations(units, 2)
    )
    room = sum(Fraction((n - 1) * (cases - n), cases) for _, n in units)
    return min(max((spread / mean / (1 - mean) - len(units) + 1) / room, Fraction(0)), Fraction(1))


@given(UNITS)
def test_beta_binomial__told_pair_by_pair_is_the_same(units: list[tuple[int, int]]) -> None:
    r, n = map(np.array, zip(*units, strict=True))
    found = reliability.beta_binomial(r, n)
    correlation = kleinman_by_pairs(units)
    if correlation is None:
        assert found[["reliability", "shrunk"]].isna().all(axis=None) and not found["is_reliable"].any()
        return
    told = [float(n * correlation / (1 + (n - 1) * correlation)) if n else 0.0 for _, n in units]
    assert found["reliability"].to_list() == pytest.approx(told, rel=1e-9, abs=1e-12)
    # Adams: between / (between + within / n)
    between, within = found.attrs["between_variance"], found.attrs["within_variance"]
    if between > 0:
        adams = [between / (between + within / n) if n else 0 for _, n in units]
        assert found["reliability"].to_list() == pytest.approx(adams, rel=1e-9)


@given(UNITS, st.sampled_from([0.5, 0.7, 0.9]))
def test_estimates__keep_their_bounds(units: list[tuple[int, int]], bar: float) -> None:
    r, n = map(np.array, zip(*units, strict=True))
    rates, ratios = reliability.beta_binomial(r, n, bar=bar), reliability.gamma_poisson(r, n * 0.37, bar=bar)
    for found, size, half in (
        (rates, n, rates.attrs["alpha"] + rates.attrs["beta"]),
        (ratios, n * 0.37, ratios.attrs["alpha"]),
    ):
        told = found["reliability"].notna().to_numpy()
        assert found["reliability"][told].between(0, 1).all()
        assert (found["is_reliable"] == (found["reliability"] >= bar)).all()
        value, mean, shrunk = found["value"].fillna(found.attrs["mean"]), found.attrs["mean"], found["shrunk"]
        assert (shrunk[told] >= np.minimum(value, mean)[told] - 1e-12).all()
        assert (shrunk[told] <= np.maximum(value, mean)[told] + 1e-12).all()
        assert (found["shrunk_lower"] <= shrunk)[told].all() and (found["shrunk_upper"] >= shrunk)[told].all()
        order = np.argsort(size[told], kind="stable")
        assert (np.diff(found["reliability"].to_numpy()[told][order]) >= 0).all()
        # the number that reaches the bar, and one fewer does not
        needed = found["more_needed"].notna().to_numpy()
        more, have = found["more_needed"][needed].to_numpy(dtype=float), size[needed]
        assert ((have + more) / (have + more + half) >= bar).all()
        fewer = (have + more - 1)[more > 0]
        assert (fewer / (fewer + half) < bar).all() if half > 0 else (more <= 1).all()
        assert ((more == 0) == found["is_reliable"].to_numpy()[needed]).all()


def test_intervals__hold_the_estimate_of_a_very_skewed_posterior() -> None:
    """Nearly all of the posterior of 0 of 19 is at 0, and its mean lies above 97.5 % of it."""
    for found in (
        reliability.beta_binomial([0, 1, 0], [1, 1, 19]),
        reliability.gamma_poisson([0, 9, 0], [0.1, 0.1, 9]),
    ):
        assert (found["shrunk_lower"] <= found["shrunk"]).all() and (found["shrunk"] <= found["shrunk_upper"]).all()


MEANS = st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 30)), min_size=3, max_size=12)


@given(MEANS, st.sampled_from([0.01, 60.0]))
def test_normal__in_another_unit_is_the_same_in_that_unit(units: list[tuple[int, int]], scale: float) -> None:
    y, n = (np.array(column, dtype=float) for column in zip(*units, strict=True))
    found = reliability.normal(y, 90 / n, cases=n)
    scaled = reliability.normal(y * scale, 90 / n * scale**2, cases=n)
    assert scaled["reliability"].to_list() == pytest.approx(found["reliability"].to_list(), rel=1e-6, abs=1e-9)
    for column in ("shrunk", "shrunk_lower", "shrunk_upper"):
        assert scaled[column].to_list() == pytest.approx((found[column] * scale).to_list(), rel=1e-6, abs=1e-7 * scale)
    mean, shrunk = found.attrs["mean"], found["shrunk"]
    assert ((shrunk >= np.minimum(y, mean) - 1e-9) & (shrunk <= np.maximum(y, mean) + 1e-9)).all()


@settings(max_examples=40)
@given(UNITS, UNITS)
def test_groups__are_estimates_of_their_own(first: list[tuple[int, int]], second: list[tuple[int, int]]) -> None:
    parts = [reliability.beta_binomial(*zip(*part, strict=True)) for part in (first, second)]
    # the rows of both by turns
    order = np.argsort(np.r_[np.arange(len(first)), np.arange(len(second))], kind="stable")
    rows = [(*unit, label) for part, label in ((first, "a"), (second, "b")) for unit in part]
    r, n, by = zip(*[rows[at] for at in order], strict=True)
    together = reliability.beta_binomial(r, n, by=by)
    apart = pd.concat(parts, ignore_index=True).iloc[order].reset_index(drop=True)
    pd.testing.assert_frame_equal(together, apart, check_flags=False, rtol=1e-12)
    told = together.attrs["groups"].frame
    for label, part in (("a", parts[0]), ("b", parts[1])):
        assert told.loc[label].to_list() == pytest.approx(list(part.attrs.values()), nan_ok=True)


def test_missing_rows__pass_through_and_count_for_nothing() -> None:
    index = pd.Index(["p", "q", "r", "s", "t"])
    r = pd.Series([1, None, 5, 9, 2], index=index)
    n = pd.Series([10, 10, 10, 10, None], index=index)
    found = reliability.beta_binomial(r, n)
    assert found.index.equals(index)
    assert found.loc[["q", "t"], ["value", "reliability", "shrunk", "shrunk_lower"]].isna().all(axis=None)
    assert found.loc[["q", "t"], "more_needed"].isna().all() and not found.loc[["q", "t"], "is_reliable"].any()
    whole = reliability.beta_binomial([1, 5, 9], [10, 10, 10])
    assert found.loc[["p", "r", "s"], "reliability"].to_list() == whole["reliability"].to_list()


def test_a_unit_without_cases__is_the_mean_of_its_group() -> None:
    """Beta(1/3, 1/3) needs 7/3 x 2/3 = 1.6 cases."""
    found = reliability.beta_binomial([1, 5, 9, 0], [10, 10, 10, 0]).iloc[3]
    assert (found["reliability"], found["shrunk"], found["more_needed"]) == (0, 0.5, 2)
    assert found["shrunk_lower"] < 0.5 < found["shrunk_upper"] and math.isnan(found["value"])
    ratio = reliability.gamma_poisson([2, 8, 20, 0], [5, 8, 10, 0]).iloc[3]
    assert (ratio["reliability"], ratio["more_needed"]) == (0, 7) and ratio["shrunk"] == pytest.approx(30 / 23)


@pytest.mark.parametrize("units", [[], [(1, 10)], [(1, 10), (9, 10)], [(1, 10), (9, 10), (0, 0)], [(0, 1)] * 4])
def test_too_few_units__have_no_estimate(units: list[tuple[int, int]]) -> None:
    r, n = zip(*units, strict=True) if units else ([], [])
    found = reliability.beta_binomial(r, n)
    assert len(found) == len(units) and found[["reliability", "shrunk"]].isna().all(axis=None)
    assert not found["is_reliable"].any() and found["more_needed"].isna().all()


def test_small_differences_among_many__are_not_reliable_figures() -> None:
    """2,000 surgeons of 17 cases and an intraclass correlation of 0.02: reliability 17 / (17 + 49) for all."""
    rng = np.random.default_rng(11)
    r = rng.binomial(17, rng.beta(0.1 * 49, 0.9 * 49, 2000))
    found = reliability.beta_binomial(r, np.full(2000, 17))
    assert not found["is_reliable"].any()
    assert found["reliability"].iloc[0] == pytest.approx(17 / 66, abs=0.05)


def test_intervals__hold_the_true_rate_as_often_as_they_say() -> None:
    """60 groups of 200 units: 12,000 intervals of 95 %."""
    rng = np.random.default_rng(5)
    rate = rng.beta(4, 16, 12000)
    n = rng.poisson(25, 12000)
    found = reliability.beta_binomial(rng.binomial(n, rate), n, by=np.repeat(np.arange(60), 200))
    assert ((found["shrunk_lower"] <= rate) & (rate <= found["shrunk_upper"])).mean() == pytest.approx(0.95, abs=0.01)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: reliability.beta_binomial([1, 4], [3, 3]), "The row 1 has a numerator over its denominator"),
        (lambda: reliability.beta_binomial([1, -1], [3, 3]), "The row 1 has a negative numerator"),
        (lambda: reliability.beta_binomial([1], [math.inf]), "infinite denominator"),
        (lambda: reliability.beta_binomial([1], [3], bar=1), "The bar is 1"),
        (lambda: reliability.normal([1, 2], [1, -1]), "The row 1 has a negative variance"),
        (lambda: reliability.normal([math.inf], [1]), "infinite value"),
        (lambda: reliability.normal([1], [1], cases=[-1]), "negative cases"),
        (lambda: reliability.gamma_poisson([1], [-2]), "negative expected"),
        (lambda: reliability.gamma_poisson(pd.Series([1], index=["x"]), [0]), "The row 'x' has events where none"),
    ],
)
def test_what_has_no_reliability__is_said(call, said: str) -> None:
    with pytest.raises(reliability.ReliabilityError, match=said):
        call()
