"""Limits of means: cases worked by hand, sums told again month by month, and false flags counted."""

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from orchestration.statistics import means

COLUMNS = [
    "value", "target", "z", "lower_95", "upper_95", "lower_998", "upper_998", "tail_low", "tail_high",
    "flag", "flag_95",
]  # fmt: skip


def test_limits__are_as_worked_by_hand() -> None:
    """(20 + 12 + 14) / 4 = 11.5; distances -1.5, 0.5 and 2.5 with standard deviations 1, 2 and 1."""
    found = means.limits([10, 12, 14], [1, 4, 1], weight=[2, 1, 1])
    assert found.columns.to_list() == COLUMNS
    assert found["target"].to_list() == [11.5] * 3 and found["z"].to_list() == [-1.5, 0.25, 2.5]
    # 1.959964 and 3.090232: any table of the normal distribution
    assert found["lower_95"].to_list() == pytest.approx([9.540036, 7.580072, 9.540036], abs=1e-6)
    assert found["upper_998"].to_list() == pytest.approx([14.590232, 17.680465, 14.590232], abs=1e-6)
    assert found["tail_high"].to_list() == pytest.approx([math.erfc(z / math.sqrt(2)) / 2 for z in (-1.5, 0.25, 2.5)])
    assert (found["tail_low"] + found["tail_high"]).to_list() == pytest.approx([1.0] * 3, rel=1e-12)
    assert found["flag"].to_list() == [""] * 3 and found["flag_95"].to_list() == ["", "", "high"]
    assert math.isnan(found.attrs["phi"]) and (found.attrs["tau2"], found.attrs["kept"]) == (0, 3)


def test_target__is_the_mean_weighted_by_precision_or_what_is_given() -> None:
    """(10 + 12/4 + 14) / (1 + 1/4 + 1) = 12."""
    assert means.limits([10, 12, 14], [1, 4, 1])["target"].to_list() == pytest.approx([12.0] * 3, rel=1e-12)
    assert means.limits([10, 12], [1, 4], target=11)["z"].to_list() == [-1, 0.5]
    assert means.limits([10, 12], [1, 4], target=[9, 14])["z"].to_list() == [1, -1]


def test_flag__is_of_what_lies_outside() -> None:
    found = means.limits([-3.1, -3.08, 0, 3.08, 3.1], [1] * 5, target=0)
    assert found["flag"].to_list() == ["low", "", "", "", "high"]
    assert found["flag_95"].to_list() == ["low", "low", "", "high", "high"]
    found = means.limits([-1.97, -1.95, 0, 1.95, 1.97], [1] * 5, target=0)
    assert found["flag_95"].to_list() == ["low", "", "", "", "high"] and (found["flag"] == "").all()


def test_overdispersion__of_eleven_units_is_as_worked_by_hand() -> None:
    """-5 to 5: the 10th and 90th percentiles are -4 and 4, squares make 92; (92 - 10) / (11 - 1) = 8.2."""
    value = np.arange(-5, 6)
    found = means.limits(value, np.ones(11), target=0, overdispersion="winsorise")
    assert found.attrs == pytest.approx({"phi": 92 / 11, "tau2": 8.2, "kept": 11}, rel=1e-12)
    assert found["z"].to_list() == pytest.approx(list(value / math.sqrt(9.2)), rel=1e-12)
    assert found["upper_95"].to_list() == pytest.approx([1.959963984540054 * math.sqrt(9.2)] * 11, rel=1e-12)
    c = stats.norm.ppf(0.9)
    null = integrate.quad(lambda z: min(abs(z), c) ** 2 * stats.norm.pdf(z), -9, 9, points=[-c, c], epsabs=1e-13)[0]
    assert null == pytest.approx(0.6787, abs=5e-5)
    found = means.limits(value, np.ones(11), target=0, overdispersion="consistent")
    assert found.attrs == pytest.approx({"phi": 92 / 11 / null, "tau2": (92 / null - 10) / 10, "kept": 11}, rel=1e-9)


def test_overdispersion__of_three_units_is_told_and_of_two_is_not() -> None:
    """-5, 0, 5: the percentiles are -4 and 4; (16 + 16 - 2) / (3 - 1) = 15."""
    assert means.limits([-5, 0, 5], [1] * 3, target=0, overdispersion="winsorise").attrs["tau2"] == pytest.approx(15)
    assert means.limits([-5, 5], [1] * 2, target=0, overdispersion="winsorise").attrs["tau2"] == 0


def test_overdispersion__finds_the_variance_that_was_put_in() -> None:
    """4,000 units with tau2 = 2 over variances of 0.5 to 2: `consistent` finds it, `winsorise` too little."""
    rng = np.random.default_rng(3)
    variance = rng.uniform(0.5, 2, 4000)
    value = rng.normal(50, np.sqrt(variance + 2))
    consistent = means.limits(value, variance, overdispersion="consistent").attrs["tau2"]
    assert consistent == pytest.approx(2, rel=0.1)
    assert means.limits(value, variance, overdispersion="winsorise").attrs["tau2"] < 0.75 * consistent


def test_student__has_wider_limits_where_a_variance_is_of_few_months() -> None:
    """t of 10 degrees of freedom is 2.228139 and 4.143700 there, of 1 12.7062 (tables)."""
    found = means.limits([0, 0, 0, 4], [1] * 4, target=0, df=[10, 1, math.inf, 10])
    assert found["upper_95"].to_list() == pytest.approx([2.228139, 12.706205, 1.959964, 2.228139], abs=1e-6)
    assert found["upper_998"].iloc[0] == pytest.approx(4.143700, abs=1e-6)
    assert found["flag"].iloc[3] == "" and found["flag_95"].iloc[3] == "high"
    assert found["tail_high"].iloc[3] == pytest.approx(stats.t.sf(4, 10), rel=1e-9)
    none = means.limits([99, 99], [1, 1], target=0, df=[0, None])
    assert none[["lower_95", "upper_998", "tail_low"]].isna().all(axis=None) and (none["flag"] == "").all()


def test_what_is_not_known__has_no_flag() -> None:
    index = pd.Index(list("abcde"))
    value = pd.Series([99, None, 99, 1, 3], index=index)
    found = means.limits(value, [0, 1, math.nan, 1, 1], overdispersion="consistent")
    assert found.index.equals(index) and found.loc[list("abc"), ["z", "lower_95", "tail_low"]].isna().all(axis=None)
    assert (found["flag"] == "").all() and found["target"].to_list() == [2] * 5 and found.attrs["kept"] == 2
    empty = means.limits([], [], overdispersion="winsorise")
    assert empty.columns.to_list() == COLUMNS and len(empty) == 0


PEERS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(-99, 99), st.integers(1, 20), st.integers(1, 9)),
    min_size=1,
    max_size=30,
)


@settings(max_examples=40)
@given(PEERS, st.sampled_from(["winsorise", "consistent"]), st.booleans())
def test_overdispersion__never_adds_a_flag_or_narrows_a_limit(
    peers: list[tuple], how: means.Overdispersion, student: bool
) -> None:
    by, value, variance, df = zip(*peers, strict=True)
    df = df if student else None
    plain = means.limits(value, variance, by=by, df=df)
    wider = means.limits(value, variance, by=by, df=df, overdispersion=how)
    for level in ("95", "998"):
        assert (wider[f"lower_{level}"] <= plain[f"lower_{level}"]).all()
        assert (wider[f"upper_{level}"] >= plain[f"upper_{level}"]).all()
    for flag in ("flag", "flag_95"):
        assert ((wider[flag] == plain[flag]) | (wider[flag] == "")).all()


@given(PEERS, st.sampled_from([0.01, 60.0]))
def test_limits__in_another_unit_are_the_same_in_that_unit(peers: list[tuple], scale: float) -> None:
    by, value, variance, _ = zip(*peers, strict=True)
    value, variance = np.array(value), np.array(variance)
    found = means.limits(value, variance, by=by, overdispersion="consistent")
    scaled = means.limits(value * scale, variance * scale**2, by=by, overdispersion="consistent")
    assert scaled["z"].to_list() == pytest.approx(found["z"].to_list(), rel=1e-6, abs=1e-7)
    assert scaled["upper_998"].to_list() == pytest.approx((found["upper_998"] * scale).to_list(), rel=1e-6, abs=1e-7)


@settings(max_examples=40)
@given(PEERS)
def test_groups__have_limits_of_their_own(peers: list[tuple]) -> None:
    by, value, variance, weight = zip(*peers, strict=True)
    frame = pd.DataFrame({"by": by, "value": value, "variance": variance, "weight": weight})
    together = means.limits(value, variance, weight=weight, by=by, overdispersion="consistent")
    for label, part in frame.groupby("by"):
        alone = means.limits(part["value"], part["variance"], weight=part["weight"], overdispersion="consistent")
        pd.testing.assert_frame_equal(together.loc[part.index], alone, check_flags=False)
        told = together.attrs["groups"].frame.loc[label].to_dict()
        assert told == pytest.approx(alone.attrs)


def test_variance_by_month__is_as_worked_by_hand() -> None:
    """a: 36 over 4 is 9, residuals 1 and -1; b: 20 over 4 is 5, residuals -2 and 2.

    Own: 2/1 x (1 + 1) / 16 and 2/1 x (4 + 4) / 16. Pooled: (1 + 1/3 + 2 + 2) / 2 = 8/3 of one, over 4.
    """
    top, bottom, unit = [10, 26, 8, 12, 5, None], [1, 3, 2, 2, 0.5, 2], list("aabbcc")
    pooled = means.variance_by_month(top, bottom, unit)
    assert pooled.index.to_list() == ["a", "b", "c"] and pooled["value"].to_list() == [9, 5, 10]
    assert pooled["months"].to_list() == [2, 2, 1] and pooled["denominator"].to_list() == [4, 4, 0.5]
    assert pooled["variance"].to_list() == pytest.approx([2 / 3, 2 / 3, 16 / 3], rel=1e-12)
    assert pooled["df"].to_list() == [2, 2, 2]
    own = means.variance_by_month(top, bottom, unit, pooled=False)
    assert own["variance"].to_list() == pytest.approx([0.25, 1.0, math.nan], rel=1e-12, nan_ok=True)
    assert own["df"].to_list() == [1, 1, 0]


def test_variance_by_month__is_of_the_unit_in_its_group() -> None:
    """One person works in two specialties: two units, each with the spread of its own peers."""
    top, bottom = [10, 26, 8, 12], [1, 3, 2, 2]
    found = means.variance_by_month(top, bottom, ["a"] * 4, by=pd.Series(["x", "x", "y", "y"], name="specialty"))
    assert found.index.to_list() == [("x", "a"), ("y", "a")] and found.index.names == ["specialty", None]
    assert found["variance"].to_list() == pytest.approx([4 / 3 / 4, 4 / 4], rel=1e-12)
    assert found["df"].to_list() == [1, 1]


PANEL = st.lists(
    st.lists(st.tuples(st.integers(-20, 90), st.integers(0, 9)), min_size=1, max_size=15), min_size=1, max_size=4
)


@given(PANEL, st.integers(2, 13))
def test_rolling_variance__told_window_by_window_is_the_same(panel: list[list], window: int) -> None:
    rows = [(s, num if den else 0, den) for s, months in enumerate(panel) for num, den in months]
    series, top, bottom = zip(*rows, strict=True)
    found = means.rolling_variance(top, bottom, series, window=window)
    at = 0
    for months in panel:
        for end in range(1, len(months) + 1):
            part = [(num, den) for num, den in months[max(0, end - window) : end] if den]
            row, at = found.iloc[at], at + 1
            assert row["months"] == len(part) and row["denominator"] == sum(den for _, den in part)
            if not part:
                assert row["squares"] == 0 and math.isnan(row["value"])
                continue
            ratio = Fraction(sum(num for num, _ in part), sum(den for _, den in part))
            squares = sum((num - ratio * den) ** 2 / den for num, den in part)
            assert row["value"] == pytest.approx(float(ratio), rel=1e-12)
            assert row["squares"] == pytest.approx(float(squares), rel=1e-9, abs=1e-9)


def test_rolling_variance__keeps_a_small_spread_behind_large_totals() -> None:
    """A month of 1e6 at 1,000 each, one more or fewer by turns: twelve residuals of 1 make 12 / 1e6."""
    top = 1e9 + np.tile([1.0, -1.0], 60)
    found = means.rolling_variance(top, np.full(120, 1e6), np.zeros(120))
    assert found["squares"].iloc[11:].to_list() == pytest.approx([12 / 1e6] * 109, rel=1e-6)


def test_rolling_variance__of_a_whole_window_is_that_of_its_months() -> None:
    rng = np.random.default_rng(2)
    bottom = rng.poisson(3, 60).astype(float)
    top = np.where(bottom > 0, rng.normal(50, 9, 60) * bottom, 0)
    unit = np.repeat(np.arange(5), 12)
    last = means.rolling_variance(top, bottom, unit).iloc[11::12]
    rolled = means.pooled_variance(last["squares"], last["months"], last["denominator"])
    at_once = means.variance_by_month(top, bottom, unit)
    assert rolled["variance"].to_list() == pytest.approx(at_once["variance"].to_list(), rel=1e-12)
    assert rolled["df"].to_list() == at_once["df"].to_list()


def test_pooled_variance__is_missing_where_no_unit_has_two_months() -> None:
    found = means.pooled_variance([0, 8, 0], [1, 3, 0], [5, 4, 0], by=["a", "b", "b"])
    assert found["variance"].to_list() == pytest.approx([math.nan, 1.0, math.nan], nan_ok=True)
    assert found["df"].to_list() == [0, 2, 2]


def null_trusts(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Minutes and cases of 200 trusts x 120 clinicians x 12 months who differ in their number of cases alone."""
    pace = np.exp(rng.uniform(math.log(2), math.log(20), 200 * 120))
    cases = rng.poisson(pace[:, None], (200 * 120, 12))
    # a sum of gamma durations of shape 1.5 and mean 90 minutes
    minutes = rng.gamma(np.maximum(1.5 * cases, 1e-9)) * 60
    unit = np.repeat(np.arange(200 * 120), 12)
    return np.where(cases > 0, minutes, 0).ravel(), cases.ravel(), unit, unit // 120


def test_flags__where_clinicians_do_not_differ_are_two_in_a_thousand() -> None:
    """24,000 tests with skewed durations: what the binomial distribution holds in 99 of 100 runs."""
    top, bottom, unit, trust = null_trusts(np.random.default_rng(7))
    months = means.variance_by_month(top, bottom, unit, by=trust)
    by = months.index.get_level_values(0)
    low, high = stats.binom.ppf([0.005, 0.995], 24000, 0.002)
    for how in (None, "winsorise", "consistent"):
        found = means.limits(
            months["value"], months["variance"], weight=months["denominator"], by=by, overdispersion=how
        )
        assert low <= (found["flag"] != "").sum() <= high
    # each clinician's own twelve months are too few: why variances are pooled
    own = means.variance_by_month(top, bottom, unit, by=trust, pooled=False)
    found = means.limits(own["value"], own["variance"], weight=own["denominator"], by=by)
    assert (found["flag"] != "").sum() > 4 * high


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: means.limits([1, 2], [1, -1]), "The row 1 has a negative variance"),
        (lambda: means.limits([1, math.inf], [1, 1]), "The row 1 has an infinite value"),
        (lambda: means.limits([1], [1], weight=[-1]), "negative weight"),
        (lambda: means.limits([1], [1], overdispersion="truncate"), "'truncate'"),
        (lambda: means.variance_by_month([1, 2], [1, 0], ["a", "a"]), "The row 1 has a numerator without"),
        (lambda: means.variance_by_month([1, 2], [1, -1], ["a", "a"]), "The row 1 has a negative denominator"),
        (lambda: means.rolling_variance([1, math.inf], [1, 1], ["a", "a"]), "The row 1 has an infinite number"),
        (lambda: means.rolling_variance([1, 1, 1], [1, 1, 1], ["a", "b", "a"]), "The row 2 begins a series anew"),
        (lambda: means.rolling_variance([1], [1], ["a"], window=1), "window of 1"),
    ],
)
def test_what_makes_no_limits__is_said(call, said: str) -> None:
    with pytest.raises(means.MeansError, match=said):
        call()
