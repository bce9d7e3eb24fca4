"""Funnels: published limits, sums of single probabilities, and what never may happen."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.statistics import funnel

Z = {"95": 1.959963984540054, "998": 3.090232306167813}


def binomial(k: int, n: int, chance: float) -> float:
    return math.comb(n, k) * chance**k * (1 - chance) ** (n - k)


def at_most(k: int, n: int, chance: float) -> float:
    return math.fsum(binomial(j, n, chance) for j in range(k + 1))


def poisson(k: int, mean: float) -> float:
    return math.exp(k * math.log(mean) - mean - math.lgamma(k + 1))


def spiegelhalter(p: float, n: int, chance: float) -> float:
    """The limit as the appendix of Spiegelhalter 2005 tells it, by sums of probabilities."""
    r = next(k for k in range(n + 1) if at_most(k, n, chance) >= p)
    return max((r - (at_most(r, n, chance) - p) / binomial(r, n, chance)) / n, 0.0)


@pytest.mark.parametrize(("n", "chance"), [(1, 0.3), (5, 0.01), (20, 0.2), (83, 0.071), (300, 0.11), (60, 0.98)])
def test_proportion__limits_are_those_of_summed_probabilities(n: int, chance: float) -> None:
    row = funnel.limits([0.0], [float(n)], kind="proportion", target=chance).iloc[0]
    for name, p in (("lower_95", 0.025), ("upper_95", 0.975), ("lower_998", 0.001), ("upper_998", 0.999)):
        assert row[name] == pytest.approx(spiegelhalter(p, n, chance), abs=1e-9)


@pytest.mark.parametrize(("r", "n", "chance"), [(0, 5, 0.2), (1, 5, 0.01), (20, 20, 0.7), (40, 300, 0.11)])
def test_proportion__tails_are_sums_with_half_of_the_very_value(r: int, n: int, chance: float) -> None:
    row = funnel.limits([r], [n], kind="proportion", target=chance).iloc[0]
    low = math.fsum(binomial(k, n, chance) for k in range(r)) + binomial(r, n, chance) / 2
    assert (row["tail_low"], row["tail_high"]) == pytest.approx((low, 1 - low), abs=1e-9)


def test_ratio__has_the_published_poisson_limits() -> None:
    """FunnelPlotR 9020d49, tests/testthat/test-poisson_limits.R: seven and six decimals are printed there."""
    rows = funnel.limits([15, 20, 30], [15, 20, 30], kind="ratio")
    assert rows["lower_95"].to_list() == pytest.approx([0.5596924, 0.6108260, 0.6746958], abs=5.1e-8)
    assert rows["upper_95"].to_list() == pytest.approx([1.649348, 1.544419, 1.427562], abs=5.1e-7)
    assert rows["lower_998"].to_list() == pytest.approx([0.3862650, 0.4479107, 0.5289724], abs=5.1e-8)
    assert rows["upper_998"].to_list() == pytest.approx([2.082907, 1.902094, 1.702771], abs=5.1e-7)


@pytest.mark.parametrize("events", [1, 7, 10, 64])
def test_ratio__at_a_limit_of_whole_events_the_sum_of_probabilities_is_the_tail(events: int) -> None:
    """The chi-square form is that of Garwood's interval: at `mean` it solves P(X >= E; mean) = 0.025 and so on."""
    row = funnel.limits([events], [events], kind="ratio").iloc[0]
    below = 1 - math.fsum(poisson(k, row["lower_95"] * events) for k in range(events))
    above = math.fsum(poisson(k, row["upper_998"] * events) for k in range(events + 1))
    assert (below, above) == pytest.approx((0.025, 0.001), abs=1e-9)


def test_rate__is_a_ratio_times_its_target() -> None:
    rate = funnel.limits([3, 9], [100.0, 50.0], kind="rate", target=0.08)
    ratio = funnel.limits([3, 9], [8.0, 4.0], kind="ratio")
    for name in ("lower_95", "upper_95", "lower_998", "upper_998"):
        assert rate[name].to_numpy() == pytest.approx(0.08 * ratio[name].to_numpy(), abs=1e-12)
    assert rate["tail_high"].to_numpy() == pytest.approx(ratio["tail_high"].to_numpy(), abs=1e-12)


NUMERATOR = [100, 150, 180, 80, 120, 225]
EXPECTED = [108, 112, 165, 95, 100, 220]


def test_truncation__has_the_published_phi() -> None:
    """FunnelPlotR 9020d49, tests/testthat/test-classes_methods.R: phi 2.948033 of six groups by its default, SHMI."""
    rows = funnel.limits(NUMERATOR, EXPECTED, kind="ratio", overdispersion="truncate")
    assert rows.attrs["phi"] == pytest.approx(2.948033, abs=5.1e-7)


def test_shmi__is_as_worked_by_hand() -> None:
    """Ranks 1 to 6 of z: floor(10 r / 7) is 1, 2, 4, 5, 7, 8, so all are kept; then the formulas, one at a time."""
    z = [math.sqrt(e) * math.log(o / e) for o, e in zip(NUMERATOR, EXPECTED, strict=True)]
    phi = math.fsum(x * x for x in z) / 6
    tau2 = (6 * phi - 5) / (sum(EXPECTED) - sum(e * e for e in EXPECTED) / sum(EXPECTED))
    rows = funnel.limits(NUMERATOR, EXPECTED, kind="ratio", overdispersion="truncate")
    assert rows["z"].to_list() == pytest.approx(z, abs=1e-9)
    assert (rows.attrs["phi"], rows.attrs["tau2"], rows.attrs["kept"]) == pytest.approx((phi, tau2, 6), abs=1e-9)
    for name, q in Z.items():
        wide = [math.exp(q * math.sqrt(1 / e + tau2)) for e in EXPECTED]
        assert rows[f"upper_{name}"].to_list() == pytest.approx(wide, abs=1e-9)
        assert rows[f"lower_{name}"].to_list() == pytest.approx([1 / w for w in wide], abs=1e-9)


def test_adjusted_limits__of_proportions_and_of_the_square_root_are_as_worked() -> None:
    """Squared, unlike those of FunnelPlotR 9020d49 for CQC, which are compared with O / E without it."""
    of = {"r": [30, 80, 20, 90, 10], "n": [200, 300, 250, 400, 150]}
    rows = funnel.limits(of["r"], of["n"], kind="proportion", overdispersion="winsorise")
    centre, tau2 = math.asin(math.sqrt(sum(of["r"]) / sum(of["n"]))), rows.attrs["tau2"]
    assert tau2 > 0
    upper = [math.sin(centre + Z["998"] * math.sqrt(1 / (4 * n) + tau2)) ** 2 for n in of["n"]]
    assert rows["upper_998"].to_list() == pytest.approx(upper, abs=1e-9)
    rows = funnel.limits([20, 45, 9, 70], [30.0, 30.0, 20.0, 40.0], kind="ratio", overdispersion="winsorise")
    tau2 = rows.attrs["tau2"]
    assert tau2 > 0
    upper = [(1 + Z["95"] * math.sqrt(1 / (4 * e) + tau2)) ** 2 for e in (30, 30, 20, 40)]
    assert rows["upper_95"].to_list() == pytest.approx(upper, abs=1e-9)


def test_flag__is_not_for_the_quantile_itself() -> None:
    """One event of five at a risk of 1 % lies beyond the drawn limit, and has a probability of 4.9 %."""
    row = funnel.limits([1], [5], kind="proportion", target=0.01).iloc[0]
    assert row["value"] > row["upper_998"]
    assert row["flag"] == "" and row["tail_high"] > 0.02


def test_no_events_at_all__have_limits_of_that_target() -> None:
    """At a target of 0 the chi-square form is chi2(p, 2) / 2 events, -ln(1 - p); nothing lies below 0."""
    rows = funnel.limits([0, 0], [10.0, 20.0], kind="rate", overdispersion="consistent")
    assert rows["upper_998"].to_list() == pytest.approx([-math.log(0.001) / 10, -math.log(0.001) / 20], abs=1e-12)
    assert (rows[["value", "target", "z", "lower_95", "lower_998"]] == 0).all(axis=None)
    assert rows["flag"].to_list() == ["", ""]
    rows = funnel.limits([0, 0], [10, 20], kind="proportion", overdispersion="consistent")
    assert (rows[["target", "z", "lower_95", "upper_95", "lower_998", "upper_998"]] == 0).all(axis=None)
    event = funnel.limits([1], [10.0], kind="rate", target=0).iloc[0]
    assert (event["z"], event["flag"]) == (2.0, "high")


def test_shmi__of_hardly_any_expected_events_has_finite_limits() -> None:
    """Two decimals of 0.001 are 0, so it stays as it is."""
    expected = [0.001, 20, 30, 35]
    rows = funnel.limits([1, 30, 20, 40], expected, kind="ratio", overdispersion="truncate")
    tau2 = rows.attrs["tau2"]
    assert tau2 > 0
    wide = [math.exp(Z["95"] * math.sqrt(1 / e + tau2)) for e in expected]
    assert rows["upper_95"].to_list() == pytest.approx(wide, rel=1e-9)
    # Here tau2 is 5e4: without a cap the line is e^718, which no float holds.
    extreme = funnel.limits([1, 1], [52 / 7, 0.002 / 7], kind="ratio", overdispersion="truncate")
    assert np.isfinite(extreme[["lower_998", "upper_998"]]).all(axis=None)


@pytest.mark.parametrize("method", ["winsorise", "truncate", "consistent"])
@pytest.mark.parametrize("kind", ["proportion", "ratio"])
def test_without_more_spread_than_chance_makes__nothing_is_allowed_for(kind: str, method: str) -> None:
    """Ten of about 100 each: tau2 is 0, so lines and tails are those of chance, not of another approximation to it."""
    top, bottom = [10, 11, 9, 10, 10, 10], [100] * 6 if kind == "proportion" else [10.0] * 6
    allowed = funnel.limits(top, bottom, kind=kind, overdispersion=method)
    assert allowed.attrs["tau2"] == 0
    plain = funnel.limits(top, bottom, kind=kind).drop(columns="z")
    pd.testing.assert_frame_equal(allowed.drop(columns="z"), plain, check_flags=False)


def test_series_in_unlike_order__are_refused() -> None:
    """Values are taken row by row: another order would silently give a unit the patients of another."""
    events, patients = pd.Series([1.0, 2.0], index=["A", "B"]), pd.Series([20.0, 10.0], index=["B", "A"])
    with pytest.raises(funnel.FunnelError, match=r"'B'.*'A'"):
        funnel.limits(events, patients, kind="proportion")
    for other in ({"target": pd.Series([0.1, 0.2], index=["B", "A"])}, {"by": pd.Series(["x", "y"], index=["B", "A"])}):
        with pytest.raises(funnel.FunnelError, match=r"'B'.*'A'"):
            funnel.limits(events, patients.sort_index(), kind="proportion", **other)
    assert funnel.limits(events, patients.sort_index(), kind="proportion").index.to_list() == ["A", "B"]


def test_edges__have_neither_infinity_nor_a_flag() -> None:
    rows = funnel.limits([0, 0, 5, math.nan, 3], [0, 4, 5, 9, 1e-6], kind="ratio", overdispersion="consistent")
    assert rows.loc[[0, 3]].drop(columns=["flag", "flag_95"]).isna().all(axis=None)
    assert rows.loc[[0, 3], "flag"].to_list() == ["", ""]
    assert np.isfinite(rows.loc[[1, 2, 4], ["z", "lower_998", "upper_998"]].to_numpy()).all()
    sure = funnel.limits([0, 4], [4, 4], kind="proportion", target=[0.0, 1.0])
    assert sure["flag"].to_list() == ["", ""]
    assert funnel.limits([1], [4], kind="proportion", target=0.0)["flag"].to_list() == ["high"]


def test_wrong_input__is_told_with_its_row() -> None:
    for top, bottom, kind in (([5], [4], "proportion"), ([-1], [4], "ratio"), ([1], [math.inf], "rate")):
        with pytest.raises(funnel.FunnelError, match="The row 'A'"):
            funnel.limits(pd.Series(top, index=["A"]), pd.Series(bottom, index=["A"]), kind=kind)
    with pytest.raises(funnel.FunnelError, match="proportion, ratio, rate"):
        funnel.limits([1], [2], kind="mean")  # type: ignore[arg-type]


# Expected events from 0.0003 on: SHMI's two decimals, and hardly any events, are among them.
UNITS = st.lists(
    st.tuples(st.integers(0, 60), st.one_of(st.integers(1, 300), st.sampled_from([0.002, 0.05]))),
    min_size=1,
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(UNITS, st.sampled_from(["winsorise", "truncate", "consistent"]), st.sampled_from(["proportion", "ratio"]))
def test_allowing_for_over_dispersion__never_adds_a_flag_nor_narrows_a_limit(
    units: list[tuple[int, float]], method: str, kind: str
) -> None:
    bottom = [math.ceil(n) if kind == "proportion" else n / 7 for _, n in units]
    top = [min(r, n) if kind == "proportion" else r for (r, _), n in zip(units, bottom, strict=True)]
    plain = funnel.limits(top, bottom, kind=kind)
    allowed = funnel.limits(top, bottom, kind=kind, overdispersion=method)
    for name in ("flag", "flag_95"):
        assert ((allowed[name] == "") | (allowed[name] == plain[name])).all()
    for level in ("95", "998"):
        assert (allowed[f"lower_{level}"] <= plain[f"lower_{level}"] + 1e-12).all()
        assert (allowed[f"upper_{level}"] >= plain[f"upper_{level}"] - 1e-12).all()
        assert np.isfinite(allowed[[f"lower_{level}", f"upper_{level}"]]).all(axis=None)
    assert ((allowed["flag"] == "") | (allowed["flag"] == allowed["flag_95"])).all()


@settings(max_examples=50, deadline=None)
@given(st.lists(UNITS, min_size=1, max_size=4), st.sampled_from(["winsorise", "truncate", "consistent"]))
def test_groups__are_funnels_of_their_own(many: list[list[tuple[int, float]]], method: str) -> None:
    label = np.repeat(np.arange(len(many)), [len(units) for units in many])
    bottom = np.array([math.ceil(n) for units in many for _, n in units], dtype=float)
    top = np.minimum([r for units in many for r, _ in units], bottom)
    together = funnel.limits(top, bottom, kind="proportion", overdispersion=method, by=label)
    for number in range(len(many)):
        mine = label == number
        alone = funnel.limits(top[mine], bottom[mine], kind="proportion", overdispersion=method)
        pd.testing.assert_frame_equal(
            together[mine].reset_index(drop=True), alone, check_exact=False, atol=1e-9, check_flags=False
        )
