"""All statistics of one measure: that peers, windows and what is hidden are as they should, and each method is used."""

import math

import numpy as np
import pandas as pd
import pytest

from orchestration.statistics import figures, funnel, reliability, spc, state
from orchestration.statistics.figures import Measure

MONTHS = 24


def panel(units: int, *, seed: int = 1, teams: int = 1) -> pd.DataFrame:
    """Individuals of one level in teams, 24 months, 20 to 40 records a month at a chance of 20 %."""
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(units), MONTHS),
            "level": 0,
            "team": np.repeat(np.arange(units) % teams, MONTHS),
            "month": np.tile(np.arange(MONTHS), units),
            "denominator": rng.integers(20, 41, units * MONTHS).astype(float),
            "is_individual": True,
            "is_peer": True,
            "is_whole": True,
            "is_trusted": True,
        }
    )
    rows["numerator"] = rng.binomial(rows["denominator"].astype(int), 0.2).astype(float)
    rows["expected"] = math.nan
    rows["segment"] = 0
    return with_windows(rows)


def with_windows(rows: pd.DataFrame) -> pd.DataFrame:
    by_unit = rows.groupby("unit")
    for name in ("numerator", "denominator"):
        rows[f"{name}_12m"] = by_unit[name].rolling(12, min_periods=1).sum().to_numpy()
    rows["record_count_12m"] = rows["denominator_12m"].astype(int)
    rows["value"] = rows["numerator"] / rows["denominator"]
    rows["value_12m"] = rows["numerator_12m"] / rows["denominator_12m"]
    return rows


BINOMIAL = Measure("decrease", "binomial", 10)


def test_trend__is_the_chart_of_the_units_own_months() -> None:
    rows = panel(6)
    told = figures.describe(rows, BINOMIAL)
    chart = spc.xmr(rows.loc[rows["unit"] == 3, "value"], improvement="decrease")
    mine = told[rows["unit"] == 3]
    assert np.allclose(mine["trend_upper"], chart["upper"])
    assert mine["trend_rule"].astype(str).to_list() == chart["rule"].to_list()
    assert (told["trend_method"] == "xmr").all()


def test_limits_are_calculated_anew__from_the_month_that_was_given_and_for_that_unit_alone() -> None:
    rows = panel(6)
    is_mine = rows["unit"] == 3
    # From month 10 on the unit does something else: 14 months make limits of their own, 10 months make none.
    rows.loc[is_mine & (rows["month"] >= 10), "segment"] = 1
    told, before = figures.describe(rows, BINOMIAL), figures.describe(rows.assign(segment=0), BINOMIAL)
    later = rows.loc[is_mine & (rows["month"] >= 10), "value"]
    chart = spc.xmr(later, improvement="decrease")
    assert np.allclose(told.loc[later.index, "trend_upper"], chart["upper"])
    assert told.loc[is_mine & (rows["month"] < 10), "trend_upper"].isna().all()
    trend = [name for name in told if name.startswith("trend_")]
    pd.testing.assert_frame_equal(told.loc[~is_mine, trend], before.loc[~is_mine, trend])


def test_rare_events__have_no_limits_of_their_months() -> None:
    """One death in two years: by ranges of mostly nothing, every month without one would be a special cause."""
    rows = panel(6)
    rows["numerator"] = (rows["month"] == 5).astype(float)
    told = figures.describe(with_windows(rows), BINOMIAL)
    assert told["trend_method"].isna().all() and told["trend_upper"].isna().all() and told["trend_point"].isna().all()
    chart = spc.xmr(rows.loc[rows["unit"] == 0, "value"], improvement="decrease")
    assert (chart["point"] != "common").sum() > 12


def test_months_that_are_mostly_the_same__have_no_limits_from_half_of_them_on() -> None:
    still, moves = [0.0, 0.0, 1.0, 1.0] * 4, [0.0, 0.0, 1.0] * 5
    for months, has_limits in ((still, False), (moves, True)):
        told = spc.panel(np.array(months), np.zeros(len(months), dtype=int), np.full(len(months), "decrease"))
        assert set(told["has_limits"]) == {has_limits}
    # Months before the first value of another series are not the same as its last.
    two = spc.panel(np.array(moves * 2), np.repeat([0, 1], len(moves)), np.full(2 * len(moves), "decrease"))
    assert two["has_limits"].all()


def test_points_of_an_individual__are_told_beyond_the_limits_alone() -> None:
    rows = panel(6)
    rows["numerator"] = 4.0 + (rows["month"] % 2) + 3 * (rows["month"] >= 12) + 40 * (rows["month"] == 20)
    rows["denominator"] = 100.0
    rows = with_windows(rows)
    one, team = (
        figures.describe(rows.assign(is_individual=is_one), BINOMIAL)[rows["unit"] == 0] for is_one in (True, False)
    )
    assert one["trend_rule"].to_list() == team["trend_rule"].to_list()
    special = team.index[team["trend_point"] != "common"]
    beyond = team.index[team["trend_rule"] == "outside limits"]
    assert 0 < len(beyond) < len(special)
    assert [*one.index[one["trend_point"] != "common"]] == [*beyond]


def test_target__is_held_against_the_limits_of_the_months() -> None:
    rows = panel(6)
    for target, told in ((0.9, "passing"), (0.2, "hit or miss"), (-0.5, "failing"), (None, None)):
        found = figures.describe(rows, Measure("decrease", "binomial", 10, target=target))["trend_assurance"]
        assert set(found) == {told}


def test_comparison__is_the_funnel_of_the_team_in_the_month() -> None:
    rows = panel(14, teams=2)
    told = figures.describe(rows, BINOMIAL)
    peers = rows[(rows["team"] == 1) & (rows["month"] == 20)]
    alone = funnel.limits(
        peers["numerator_12m"], peers["denominator_12m"], kind="proportion", overdispersion="consistent"
    )
    trust = reliability.beta_binomial(peers["numerator_12m"], peers["denominator_12m"])
    mine = told.loc[peers.index]
    for name in ("z", "lower_95", "upper_998"):
        assert np.allclose(mine[name], alone[name])
    assert np.allclose(mine["reliability"], trust["reliability"])
    assert np.allclose(mine["estimate"], trust["shrunk"])
    assert (mine["peer_count"] == 7).all() and (mine["comparison_method"] == "binomial").all()


def test_fewer_than_five_peers__are_not_compared() -> None:
    told = figures.describe(panel(8, teams=2), BINOMIAL)
    assert told["comparison_method"].isna().all() and told["z"].isna().all()
    assert set(told["state"]) == {state.TOO_FEW}


def test_peers__are_those_with_enough_records_who_stand_for_themselves() -> None:
    rows = panel(7)
    rows.loc[rows["unit"] == 0, "is_peer"] = False
    rows.loc[rows["unit"] == 1, ["denominator_12m", "numerator_12m"]] = [9.0, 1.0]
    told = figures.describe(rows, BINOMIAL)
    assert told.loc[rows["unit"] <= 1, "z"].isna().all()
    assert (told.loc[rows["unit"] > 1, "peer_count"] == 5).all()


def test_case_mix__holds_events_against_what_was_expected_of_twelve_months() -> None:
    rows = panel(6)
    rows["expected"] = rows["denominator"] * 0.2
    told = figures.describe(rows, Measure("decrease", "binomial", 10, "logistic"))
    assert np.allclose(told["expected_12m"], rows["denominator_12m"] * 0.2)
    assert np.allclose(told["comparison_value"], rows["numerator_12m"] / told["expected_12m"])
    assert (told["comparison_target"] == 1).all() and (told["comparison_method"] == "expected events").all()


def test_case_mix__compares_other_units_than_individuals_too() -> None:
    rows = panel(6).assign(is_individual=False)
    rows["expected"] = rows["denominator"] * 0.2
    assert figures.describe(rows, Measure("decrease", "binomial", 10, "logistic"))["z"].notna().all()
    assert figures.describe(rows, BINOMIAL)["z"].isna().all()


def test_a_mean__is_compared_by_the_spread_of_its_months() -> None:
    rows = panel(8)
    rng = np.random.default_rng(2)
    rows["numerator"] = rows["denominator"] * rng.normal(30, 4, len(rows))
    rows = with_windows(rows)
    told = figures.describe(rows, Measure("decrease", "mean", 10))
    # the first month alone tells no spread
    assert (told.loc[rows["month"] > 0, "comparison_method"] == "mean").all()
    late = told[rows["month"] == 20]
    # months differ by 4 at about 30 records, 12 of them: the 95 % limits lie about 2 x 4 / sqrt(12) from the mean
    assert ((late["upper_95"] - late["lower_95"]) / 2).to_numpy() == pytest.approx(2.0 * 4 / math.sqrt(12), rel=0.35)


def test_an_activity__is_compared_with_nobody_and_speaks_by_its_months() -> None:
    rows = panel(6)
    rows["denominator"] = rows["denominator_12m"] = math.nan
    rows["value"], rows["value_12m"] = rows["numerator"], rows["numerator_12m"]
    told = figures.describe(rows, Measure("neutral", "none", 0))
    assert told["z"].isna().all() and (told["trend_method"] == "xmr").all()
    assert state.TOO_FEW not in set(told["state"])


def test_months_before_the_model_speaks__have_no_expected_value_nor_have_windows_with_one() -> None:
    rows = panel(6)
    rows["expected"] = rows["denominator"] * 0.2
    silent = rows["month"] < 7
    told = figures.describe(
        rows.assign(expected=rows["expected"].mask(silent)), Measure("decrease", "binomial", 10, "logistic")
    )
    whole = rows["month"] >= 7 + 11
    assert told.loc[~whole, ["expected_12m", "z"]].isna().all(axis=None)
    assert np.allclose(told.loc[whole, "expected_12m"], rows.loc[whole, "denominator_12m"] * 0.2)


def test_what_is_hidden__is_used_by_nothing() -> None:
    """The statistics of a panel with hidden months do not change when what is hidden does."""
    rows = panel(6).assign(is_individual=False)
    rows["expected"] = rows["denominator"] * 0.2
    hidden, hidden_12m = rows["month"] % 5 == 0, rows["month"] % 7 == 0
    rows.loc[hidden, ["value", "numerator", "denominator"]] = math.nan
    rows.loc[hidden_12m, ["value_12m", "numerator_12m", "denominator_12m"]] = math.nan
    rows["record_count_12m"] = rows["record_count_12m"].astype("Int64").mask(hidden_12m)
    told = figures.describe(rows, Measure("decrease", "binomial", 10, "logistic"))
    assert told.loc[hidden, "trend_rule"].isna().all() and told.loc[hidden_12m, "expected_12m"].isna().all()
    assert told.loc[hidden_12m, ["n", "z", "estimate"]].isna().all(axis=None)
    # a mean over months as replicates never sees a hidden month either
    figures.describe(rows.assign(expected=math.nan), Measure("decrease", "mean", 10))


def test_a_truly_different_individual__is_asked_to_be_looked_at() -> None:
    rows = panel(30)
    worse = rows["unit"] == 4
    rows.loc[worse, "numerator"] = (rows.loc[worse, "denominator"] * 0.45).round()
    told = figures.describe(with_windows(rows), BINOMIAL)
    assert (told.loc[worse & (rows["month"] >= 11), "state"] == state.LOOK_HIGHER).all()
    others = told.loc[~worse & (rows["month"] >= 11), "state"]
    assert (others == state.LOOK_HIGHER).mean() < 0.015


def test_columns__are_those_that_the_source_declares() -> None:
    from orchestration.settings import PROJECT

    declared = (PROJECT / "dbt_project/models/marts/_statistics__sources.yml").read_text()
    told = figures.describe(panel(6), BINOMIAL)
    assert all(f"name: {name}" in declared for name in told.columns)


def test_a_month_whose_outcomes_are_not_all_known__is_neither_judged_nor_in_the_limits() -> None:
    rows = panel(6).assign(is_individual=False)
    last = rows["month"] == MONTHS - 1
    rows.loc[last, "value"] = 0.9
    rows.loc[last, "is_whole"] = False
    told = figures.describe(rows, BINOMIAL)
    assert (told.loc[last, "state"] == state.NOT_TRUSTED).all() and told.loc[last, "trend_rule"].isna().all()
    before = figures.describe(rows[~last], BINOMIAL)
    assert np.allclose(told.loc[~last, "trend_upper"], before["trend_upper"])
