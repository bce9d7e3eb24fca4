"""Risk-adjusted CUSUM charts: published weights, a path by hand, an exact chain, and how often limits are crossed."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from orchestration.statistics import cusum


def parsonnet(score: int, intercept: float = -3.68) -> float:
    """Return the risk of death of a Parsonnet score in Steiner et al. (2000)."""
    return 1 / (1 + math.exp(-intercept - 0.077 * score))


def weight(side: str, outcome: int, risk: float) -> float:
    """Return by how much one record moves a chart that is well above 0."""
    lifts = ([1, 1, 1], [0.01] * 3) if side == "worse" else ([0, 0, 0], [0.9] * 3)
    chart = cusum.run(np.array([*lifts[0], outcome]), np.array([*lifts[1], risk]), np.zeros(4))[side]
    return chart.iloc[3] - chart.iloc[2]


def simulated(rng: np.random.Generator, risks: np.ndarray, units: int, cases: int, odds: float = 1.0) -> pd.DataFrame:
    """Return the charts of units whose patients are drawn from `risks` and have `odds` times the expected odds."""
    p = rng.choice(risks, size=units * cases)
    y = rng.random(len(p)) < odds * p / (1 - p + odds * p)
    return cusum.run(y.astype(int), p, np.repeat(np.arange(units), cases))


def same_limits(limits: pd.Series, units: int) -> pd.DataFrame:
    return pd.DataFrame({side: np.full(units, limits[side]) for side in ("worse", "better")})


@pytest.mark.parametrize(
    ("side", "score", "survived", "died"),
    [
        ("worse", 0, -0.024, 0.669),
        ("worse", 50, -0.433, 0.26),
        ("better", 0, 0.012, -0.681),
        ("better", 50, 0.316, -0.377),
    ],
)
def test_weights__are_the_published_ones(side: str, score: int, survived: float, died: float) -> None:
    """Steiner et al. (2000) p. 446; to three digits Steiner (2014) p. 234, as R's vlad has both in test-llr_score.R."""
    assert round(weight(side, 0, parsonnet(score)), 3) == survived
    assert round(weight(side, 1, parsonnet(score)), 3) == died


def test_first_survivor__moves_the_charts_as_published() -> None:
    """Rigdon and Fricker (2015) p. 225, in R's vlad: score 19, intercept -3.67, 0 and 0.05083."""
    chart = cusum.run(np.array([0]), np.array([parsonnet(19, -3.67)]), np.array(["a"]))
    assert chart["worse"].to_list() == [0.0]
    assert round(chart["better"].iloc[0], 5) == 0.05083


def test_path__is_as_worked_by_hand() -> None:
    """At p = 1/2 an event adds ln 4/3 to `worse` and takes ln 3/2 from `better`; none takes ln 3/2 and adds ln 4/3."""
    chart = cusum.run(np.array([1, 1, 0, 0, 1]), np.full(5, 0.5), np.zeros(5))
    worse = [4 / 3, 16 / 9, 32 / 27, 1, 4 / 3]
    better = [1, 1, 4 / 3, 16 / 9, 32 / 27]
    assert chart["worse"].to_list() == pytest.approx([math.log(x) for x in worse], abs=1e-9)
    assert chart["better"].to_list() == pytest.approx([math.log(x) for x in better], abs=1e-9)
    assert chart["vlad"].to_list() == pytest.approx([-0.5, -1, -0.5, 0, -0.5], abs=1e-9)
    assert chart.attrs == {"odds_ratio": 2.0}


def test_odds_ratio__is_the_one_that_is_asked() -> None:
    """R = 3 at p = 1/4: ln 3 / 1.5 for an event; R = 1/3: - ln 5/6 where there is none."""
    chart = cusum.run(np.array([1, 0]), np.full(2, 0.25), np.array(["a", "b"]), odds_ratio=3)
    assert chart["worse"].to_list() == pytest.approx([math.log(2), 0], abs=1e-9)
    assert chart["better"].to_list() == pytest.approx([0, math.log(6 / 5)], abs=1e-9)


RECORDS = st.lists(st.tuples(st.sampled_from("abc"), st.booleans(), st.floats(0.001, 0.999)), max_size=80)


@settings(deadline=None)
@given(RECORDS, st.sampled_from([1.5, 2.0, 4.0]))
def test_charts__told_record_by_record_are_the_same(records: list[tuple[str, bool, float]], odds: float) -> None:
    unit, y, p = (np.array(column) for column in zip(*records, strict=True)) if records else (np.array([]),) * 3
    chart = cusum.run(y, p, unit, odds_ratio=odds)
    now = {name: [0.0, 0.0, 0.0] for name in "abc"}
    for place, (name, died, risk) in enumerate(records):
        worse, better, vlad = now[name]
        up = math.log((odds if died else 1) / (1 - risk + odds * risk))
        down = math.log((1 / odds if died else 1) / (1 - risk + risk / odds))
        now[name] = [max(0.0, worse + up), max(0.0, better + down), vlad + risk - died]
        assert chart.loc[place, ["worse", "better", "vlad"]].to_list() == pytest.approx(now[name], abs=1e-9)
    assert chart["unit"].to_list() == [name for name, *_ in records]


def test_a_long_series__loses_no_digits() -> None:
    """The sum of all weights falls to thousands while the chart stays at a few: 300,000 records in one unit."""
    rng = np.random.default_rng(83)
    p = rng.beta(2, 6, size=300_000)
    y = rng.random(len(p)) < p
    chart = cusum.run(y, p, np.zeros(len(p)))
    now = 0.0
    worst = 0.0
    for place, move in enumerate((y * math.log(2) - np.log1p(p)).tolist()):
        now = max(0.0, now + move)
        worst = max(worst, abs(now - chart["worse"].iat[place])) if place % 997 == 0 else worst
    assert worst < 1e-9
    assert chart["vlad"].iloc[-1] == pytest.approx(math.fsum(p) - int(y.sum()), abs=1e-9)


def exact_false_alarms(height: int, up: int, risk: float, cases: int) -> float:
    """Return the probability that a walk on 0, 1, .. goes above `height`: `up` steps at a risk, else one step down."""
    chain = np.zeros((height + 1, height + 1))
    for here in range(height + 1):
        chain[here, max(0, here - 1)] += 1 - risk
        if here + up <= height:
            chain[here, here + up] += risk
    return 1 - np.linalg.matrix_power(chain, cases)[0].sum()


@pytest.mark.parametrize(("cases", "rate"), [(50, 0.05), (200, 0.02), (400, 0.01)])
def test_limit__of_one_risk_is_the_exact_one(cases: int, rate: float) -> None:
    """With p = 2^(1/10) - 1 an event is nine steps of ln 2 / 10 up and none is one down: a chain that can be solved."""
    risk, unit = 2**0.1 - 1, math.log(2) / 10
    found = cusum.limit(np.array([risk]), [cases], false_alarm_rate=rate)["worse"].iloc[0] / unit
    height = round(found)
    assert found == pytest.approx(height, abs=1e-6)
    exact = [exact_false_alarms(height + more, 9, risk, cases) for more in (-1, 0)]
    error = 4 * math.sqrt(rate * (1 - rate) / 20_000)
    assert exact[1] <= rate + error and exact[0] >= rate - error
    # a chart on the limit has not crossed it, and in the data a sum in another order lands on it, too
    share = cusum.signals(
        simulated(np.random.default_rng(89), np.array([risk]), 3000, cases),
        same_limits({"worse": found * unit, "better": 99}, 3000),
    )
    low, high = stats.binom.interval(0.999, 3000, exact[1])
    assert low <= share["worse_signal"].sum() <= high


RISKS = np.random.default_rng(97).beta(1, 9, size=2000).clip(0.002, 0.9)


def test_false_alarms__are_as_many_as_is_said() -> None:
    """Another seed, another simulation: 4,000 units of 100 and of 300 cases at a rate of 0.02 on each side."""
    limits = cusum.limit(RISKS, [300, 100, 300], false_alarm_rate=0.02, seed=1)
    assert limits.index.to_list() == [100, 300]
    for cases in limits.index:
        chart = simulated(np.random.default_rng(101), RISKS, 4000, cases)
        found = cusum.signals(chart, same_limits(limits.loc[cases], 4000))
        low, high = stats.binom.interval(0.999, 4000, 0.02)
        for side in ("worse", "better"):
            assert low <= found[f"{side}_signal"].sum() <= high


def test_doubled_odds__are_found() -> None:
    """Risks of 0.1 in the mean, false alarms of 1 in 100 over 500 cases: 9 of 10 by the end, half within 250 cases."""
    limits = same_limits(cusum.limit(RISKS, [500], false_alarm_rate=0.01).loc[500], 500)
    chart = simulated(np.random.default_rng(103), RISKS, 500, 500, odds=2)
    found = cusum.signals(chart, limits)
    assert found["worse_signal"].mean() >= 0.9 and found["better_signal"].mean() <= 0.01
    assert (found["worse_first"] % 500 < 250).mean() >= 0.5
    halved = cusum.signals(simulated(np.random.default_rng(107), RISKS, 500, 500, odds=0.5), limits)
    assert halved["better_signal"].mean() >= 0.75 and halved["worse_signal"].mean() <= 0.01


def test_limits_of_another_patient_mix__give_more_false_alarms() -> None:
    """The trap of PMC9014690: patients with higher risks come, and the limit is still that of the old ones."""
    sicker = RISKS * 3 / (1 + 2 * RISKS)
    old, new = (cusum.limit(risks, [200], false_alarm_rate=0.02).loc[200] for risks in (RISKS / 3, sicker))
    chart = simulated(np.random.default_rng(109), sicker, 3000, 200)
    before, after = (cusum.signals(chart, same_limits(limits, 3000))["worse_signal"].mean() for limits in (old, new))
    assert before > 1.5 * 0.02 and after <= stats.binom.ppf(0.999, 3000, 0.02) / 3000


@settings(deadline=None)
@given(st.lists(st.floats(0.01, 0.99), min_size=1, max_size=20), st.lists(st.integers(1, 60), min_size=1, max_size=10))
def test_limits__rise_with_cases_and_know_no_order(risks: list[float], horizons: list[int]) -> None:
    options = {"false_alarm_rate": 0.1, "paths": 200}
    limits = cusum.limit(np.array(risks), horizons, **options)
    assert limits.index.to_list() == sorted(set(horizons))
    assert (limits.diff().iloc[1:] >= 0).all(axis=None) and (limits >= 0).all(axis=None)
    pd.testing.assert_frame_equal(limits, cusum.limit(np.array(risks[::-1]), horizons[::-1], **options))
    # a shorter horizon is the beginning of the longer one
    assert cusum.limit(np.array(risks), [min(horizons)], **options).iloc[0].equals(limits.iloc[0])


def test_a_large_sample__is_served_by_its_quantiles() -> None:
    large = np.random.default_rng(113).beta(2, 18, size=200_000).clip(0.001)
    whole = cusum.limit(large, [200], false_alarm_rate=0.05).iloc[0]
    part = cusum.limit(large[:10_000], [200], false_alarm_rate=0.05).iloc[0]
    assert whole.to_list() == pytest.approx(part.to_list(), rel=0.06)


def test_strata__hold_units_with_patients_alike() -> None:
    rng = np.random.default_rng(127)
    counts = np.arange(20, 40)
    unit = np.repeat([f"unit {i}" for i in range(20)], counts)
    measure = np.repeat(["deaths", "returns"] * 10, counts)
    p = np.repeat(np.linspace(0.05, 0.4, 20)[::-1], counts) * rng.uniform(0.9, 1.1, size=len(unit))
    shuffled = rng.permutation(len(unit))
    options = {"false_alarm_rate": 0.05, "paths": 1000, "seed": 3}
    found = cusum.limits_by_stratum(p[shuffled], unit[shuffled], measure[shuffled], strata=3, **options)
    assert found.attrs == {**options, "odds_ratio": 2.0}
    found = found.loc[[f"unit {i}" for i in range(20)]]
    assert found["case_count"].to_list() == counts.tolist()
    assert found["measure"].to_list() == ["deaths", "returns"] * 10
    # ten units in three strata, the highest risk first
    assert found["stratum"].to_list() == [2] * 6 + [1] * 6 + [0] * 8
    pooled = p[np.isin(unit, ["unit 0", "unit 2", "unit 4"])]
    for name, cases in (("unit 0", 20), ("unit 4", 24)):
        own = cusum.limit(pooled, [cases], **options).iloc[0]
        assert found.loc[name, ["worse", "better"]].to_list() == own.to_list()
    deaths = measure == "deaths"
    alone = cusum.limits_by_stratum(p[deaths], unit[deaths], strata=3, **options)
    assert alone["worse"].equals(found.loc[alone.index, "worse"]) and "measure" not in alone


def test_strata__come_close_to_the_rate_where_one_limit_does_not() -> None:
    """Two kinds of units, of low and of high risk: each kind gives the false alarms that are said only with strata."""
    rng = np.random.default_rng(131)
    units, cases = 600, 150
    p = np.where(np.arange(units * cases) < units * cases // 2, 0.03, 0.3) * rng.uniform(0.8, 1.2, size=units * cases)
    unit = np.repeat(np.arange(units), cases)
    chart = cusum.run(rng.random(len(p)) < p, p, unit)
    shares = {}
    for strata in (1, 2):
        limits = cusum.limits_by_stratum(p, unit, strata=strata, false_alarm_rate=0.05)
        shares[strata] = cusum.signals(chart, limits)["better_signal"].groupby(np.arange(units) // (units // 2)).mean()
    low, high = (edge / 300 for edge in stats.binom.interval(0.999, 300, 0.05))
    assert shares[2].between(low, high).all() and not shares[1].between(low, high).any()


def test_signals__tell_the_first_record_beyond_the_limit_and_go_on() -> None:
    months = pd.period_range("2025-01", periods=6, freq="M")
    chart = pd.DataFrame(
        {
            "unit": list("ababab"),
            "worse": [1.0, 3.1, 2.0 + 1e-12, 0.5, 2.5, 4.0],
            "better": [0.0, 0.0, 9.0, 3.0, 9.0, 3.0],
        },
        index=months,
    )
    limits = pd.DataFrame({"worse": [2.0, 3.0, 0.0], "better": [9.5, 3.0, 0.0]}, index=["a", "b", "c"])
    found = cusum.signals(chart, limits)
    assert found.index.to_list() == ["a", "b"]
    assert found["worse_signal"].to_list() == [True, True] and found["better_signal"].to_list() == [False, False]
    assert found["worse_first"].to_list() == [months[4], months[1]]
    assert found["better_first"].isna().all()
    numbered = cusum.signals(chart.reset_index(drop=True), limits.assign(worse=[9, 3, 0]))
    assert numbered["worse_first"].isna().to_list() == [True, False] and numbered["worse_first"]["b"] == 1
    with pytest.raises(cusum.CusumError, match="'b' has no limit"):
        cusum.signals(chart, limits.drop(index="b"))


def test_nothing__has_no_charts_and_no_limits() -> None:
    none = np.array([])
    chart = cusum.run(none, none, none)
    assert chart.empty and list(chart) == ["unit", "worse", "better", "vlad"]
    limits = cusum.limits_by_stratum(none, none, false_alarm_rate=0.01)
    assert limits.empty and cusum.signals(chart, limits).empty


GOOD = {"outcome": [0, 1], "expected": [0.1, 0.2], "unit": ["u", "v"]}


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        ({"outcome": [0, 2]}, {}, "outcome of the record at 'second' is 2.0"),
        ({"outcome": [0, math.nan]}, {}, "outcome of the record at 'second' is nan"),
        ({"expected": [0.1, 1.0]}, {}, "expected probability of the record at 'second' is 1.0"),
        ({"expected": [0.0, 0.1]}, {}, "expected probability of the record at 'first' is 0.0"),
        ({"expected": [0.1, math.nan]}, {}, "expected probability of the record at 'second' is nan"),
        ({"unit": ["u", None]}, {}, "unit of the record at 'second' is missing"),
        ({}, {"odds_ratio": 1}, "odds ratio is 1"),
        ({}, {"odds_ratio": 0.5}, "odds ratio is 0.5"),
    ],
)
def test_what_makes_no_chart__is_said(change: dict, options: dict, said: str) -> None:
    frame = pd.DataFrame({**GOOD, **change}, index=["first", "second"])
    with pytest.raises(cusum.CusumError, match=said):
        cusum.run(frame["outcome"], frame["expected"], frame["unit"], **options)


def test_columns_of_other_rows__are_said() -> None:
    y, p = pd.Series([0, 1]), pd.Series([0.1, 0.2])
    with pytest.raises(cusum.CusumError, match="unit has 3 rows"):
        cusum.run(y, p, np.zeros(3))
    with pytest.raises(cusum.CusumError, match="expected is not on the index"):
        cusum.run(y, p[::-1], np.zeros(2))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"expected_sample": []}, "empty"),
        ({"expected_sample": [0.1, 1.5]}, "1.5"),
        ({"horizon_counts": [0, 5]}, "1 at least"),
        ({"horizon_counts": []}, "one at least"),
        ({"horizon_counts": [2.5]}, "whole"),
        ({"false_alarm_rate": 0}, "rate is 0"),
        ({"odds_ratio": 1}, "odds ratio is 1"),
        ({"paths": 900}, "900 paths fewer than 10"),
    ],
)
def test_what_makes_no_limit__is_said(options: dict, said: str) -> None:
    given_options = {"expected_sample": [0.1], "horizon_counts": [5], "false_alarm_rate": 0.01, **options}
    with pytest.raises(cusum.CusumError, match=said):
        cusum.limit(
            np.array(given_options.pop("expected_sample")), given_options.pop("horizon_counts"), **given_options
        )


def test_strata_that_cannot_be__are_said() -> None:
    p, unit = np.array([0.1, 0.2]), np.array(["u", "u"])
    with pytest.raises(cusum.CusumError, match="'u' has records of more than one measure"):
        cusum.limits_by_stratum(p, unit, np.array(["a", "b"]), false_alarm_rate=0.01)
    with pytest.raises(cusum.CusumError, match="strata is 0"):
        cusum.limits_by_stratum(p, unit, false_alarm_rate=0.01, strata=0)


def test_limit__beyond_what_is_simulated_rises_with_the_log_as_a_longer_simulation_does() -> None:
    """The limit of 6,000 cases, from 2,000 and theory, against a simulation that goes on to 6,000."""
    sample = np.array([0.02, 0.05, 0.1, 0.3])
    told = cusum.limit(sample, [2_000, 6_000], false_alarm_rate=0.05, paths=2_000, seed=20_261_126)
    longer = cusum._simulated(sample, np.array([2_000, 6_000]), quantile=0.95, odds_ratio=2.0, paths=2_000, seed=7)
    assert (told.loc[6_000] - told.loc[2_000]).to_numpy() == pytest.approx([np.log(3)] * 2, abs=1e-12)
    # 100 of 2,000 paths lie beyond: the quantile is met to some tenths of a log-likelihood ratio.
    assert told.loc[6_000].to_numpy() == pytest.approx(longer[1], abs=0.35)
