"""XmR charts: published figures, charts worked by hand, and rules told again one point at a time."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.statistics import spc

# R's `set.seed(123); rnorm(20)`, as its documentation and NHSRplotthedots' tests have it.
NORMAL = [
    -0.56047565, -0.23017749, 1.55870831, 0.07050839, 0.12928774, 1.71506499, 0.46091621, -1.26506123, -0.68685285,
    -0.44566197, 1.22408180, 0.35981383, 0.40077145, 0.11068272, -0.55584113, 1.78691314, 0.49785048, -1.96661716,
    0.70135590, -0.47279141,
]  # fmt: skip


@pytest.mark.parametrize(
    ("fifteenth", "screen", "mean", "lower", "upper"),
    [
        (-0.55584113, True, 0.1416238, -3.01138, 3.294627),
        (10.0, True, 0.6694159, -2.383666, 3.722497),
        (10.0, False, 0.6694159, -4.596625, 5.935457),
    ],
)
def test_xmr__has_the_published_limits(fifteenth: float, screen: bool, mean: float, lower: float, upper: float) -> None:
    """NHSRplotthedots, tests/testthat/_snaps/ptd_spc_standard.md: seven digits are printed there."""
    values = [*NORMAL[:14], fifteenth, *NORMAL[15:]]
    chart = spc.xmr(values, improvement="increase", screen_outliers=screen)
    assert chart["mean"].to_list() == pytest.approx([mean] * 20, abs=5e-7)
    assert chart["lower"].to_list() == pytest.approx([lower] * 20, abs=5e-6)
    assert chart["upper"].to_list() == pytest.approx([upper] * 20, abs=5e-6)


def test_xmr__of_six_values_is_as_worked_by_hand() -> None:
    """Ranges 2, 1, 2, 1, 2 have the mean 1.6; 12 +- 2.66 x 1.6."""
    chart = spc.xmr([10, 12, 11, 13, 12, 14], improvement="neutral")
    assert (
        chart[["mean", "lower", "upper"]].to_numpy().tolist() == [pytest.approx([12.0, 7.744, 16.256], rel=1e-12)] * 6
    )
    assert set(chart["rule"]) == {"common cause"} and set(chart["point"]) == {"common"}
    assert chart.attrs == {"variation": "common", "assurance": None, "few_points": True}


def test_screening__leaves_out_a_range_of_3_267_means_and_more() -> None:
    """Ranges 1 x 8 and one of 20 have the mean 28 / 9 = 3.11..: 20 is more than 3.267 of it, and 1 is left."""
    values = [0, 1, 0, 1, 0, 1, 0, 1, 0, 20]
    chart = spc.xmr(values, improvement="increase")
    assert chart["upper"].iloc[0] - chart["mean"].iloc[0] == pytest.approx(2.66, rel=1e-12)
    unscreened = spc.xmr(values, improvement="increase", screen_outliers=False)
    assert unscreened["upper"].iloc[0] - chart["mean"].iloc[0] == pytest.approx(2.66 * 28 / 9, rel=1e-12)
    # 0 lies 2.4 below the mean of 2.4, more than two thirds of 2.66, and 1 lies 1.4 below it: nine on one side
    assert chart["rule"].to_list() == ["two of three", "shift"] * 4 + ["two of three", "outside limits"]


# Lines are fixed by the first values (mean 0, ranges of 3: limits +- 7.98, two thirds 5.32); what follows shows a rule.
BASE = [1.5, -1.5, 1.5, -1.5]


@pytest.mark.parametrize(
    ("then", "rules"),
    [
        ([7.98, 7.99], ["common cause", "outside limits"]),
        ([1, 2, 3, 4, 5, 5.1, 5.2], ["trend"] * 7),
        # with the value before, six rise
        ([1, 2, 3, 4, 5], ["common cause"] * 5),
        # a tie breaks a trend; all are on one side, so it is a shift
        ([1, 2, 3, 3, 4, 5, 5.1], ["shift"] * 7),
        # a value on the mean breaks a shift
        ([1, 2, 1, 0, 1, 2, 1], ["common cause"] * 7),
        ([2, 6, 6], ["common cause", "two of three", "two of three"]),
        ([6, 2, 6], ["two of three", "common cause", "two of three"]),
        # the third is on the other side
        ([6, -1, 6], ["common cause"] * 3),
        ([5.31, 5.31, 1], ["common cause"] * 3),
        # outside limits goes before a trend, a trend before two of three
        ([1, 2, 3, 4, 6, 7, 8], ["trend"] * 6 + ["outside limits"]),
    ],
)
def test_rules__are_those_of_making_data_count(then: list[float], rules: list[str]) -> None:
    chart = spc.xmr([*BASE, *then], improvement="increase", fix_after=4, screen_outliers=False)
    assert chart["upper"].iloc[0] == pytest.approx(7.98)
    assert chart["rule"].to_list()[4:] == rules


def test_trend__is_told_by_where_it_goes_not_by_where_it_is() -> None:
    """A fall that begins high is a fall; the top is of the fall, which is the later."""
    values = [*BASE, 1, 2, 3, 4, 5, 5.1, 5.2, 5.1, 5, 4, 3, 2, 1]
    chart = spc.xmr(values, improvement="increase", fix_after=4)
    assert chart["point"].to_list()[4:] == ["improvement"] * 6 + ["concern"] * 7


@pytest.mark.parametrize(("points", "found"), [(6, "trend"), (7, "common cause")])
def test_trend__has_the_length_that_is_asked(points: int, found: str) -> None:
    chart = spc.xmr([*BASE, 0, 1, 2, 3, 4], improvement="increase", fix_after=4, trend_points=points)
    assert chart["rule"].iloc[-1] == found


@pytest.mark.parametrize(
    ("improvement", "high", "low"),
    [
        ("increase", "improvement", "concern"),
        ("decrease", "concern", "improvement"),
        ("neutral", "neutral high", "neutral low"),
    ],
)
def test_point__is_judged_by_the_direction(improvement: spc.Improvement, high: str, low: str) -> None:
    chart = spc.xmr([*BASE, 9, 0, -9], improvement=improvement, fix_after=4)
    assert chart["point"].to_list()[4:] == [high, "common", low]
    assert chart.attrs["variation"] == low


@pytest.mark.parametrize(
    ("improvement", "target", "assurance"),
    [
        ("increase", 8.0, "failing"),
        ("increase", 7.9, "hit or miss"),
        ("increase", -8.0, "passing"),
        ("decrease", 8.0, "passing"),
        ("decrease", -8.0, "failing"),
        ("neutral", 8.0, None),
        ("increase", None, None),
    ],
)
def test_assurance__compares_the_target_with_the_limits(
    improvement: spc.Improvement, target: float | None, assurance: str | None
) -> None:
    chart = spc.xmr([*BASE, 0], improvement=improvement, fix_after=4, target=target)
    assert chart.attrs["assurance"] == assurance


def test_rebase__begins_lines_and_runs_anew() -> None:
    months = pd.period_range("2025-01", periods=10, freq="M")
    values = pd.Series([1, 2, 1, 2, 1, 11, 12, 11, 12, 11], index=months, dtype=float)
    chart = spc.xmr(values, improvement="increase", rebase_at=[months[5]], target=12.5)
    assert chart["mean"].to_list() == pytest.approx([1.4] * 5 + [11.4] * 5)
    assert chart["upper"].to_list() == pytest.approx([1.4 + 2.66] * 5 + [11.4 + 2.66] * 5)
    assert set(chart["rule"]) == {"common cause"}
    assert chart.attrs["assurance"] == "hit or miss"


def test_missing_months__have_lines_and_no_point() -> None:
    chart = spc.xmr([10, 12, math.nan, 11, 13, math.nan], improvement="increase")
    whole = spc.xmr([10, 12, 11, 13], improvement="increase")
    assert chart["mean"].to_list() == pytest.approx([whole["mean"].iloc[0]] * 6)
    assert chart["upper"].to_list() == pytest.approx([whole["upper"].iloc[0]] * 6)
    assert chart["rule"].isna().to_list() == [False, False, True, False, False, True]
    assert chart.attrs["variation"] == "common"


@pytest.mark.parametrize("values", [[], [math.nan, math.nan]])
def test_nothing__has_no_lines(values: list[float]) -> None:
    chart = spc.xmr(values, improvement="increase", target=1)
    assert len(chart) == len(values) and chart[["mean", "lower", "upper"]].isna().all(axis=None)
    assert chart.attrs == {"variation": None, "assurance": None, "few_points": True}


def test_one_value_or_equal_ones__have_limits_of_no_width() -> None:
    for values in ([5.0], [5.0] * 9):
        chart = spc.xmr(values, improvement="increase")
        assert (chart[["mean", "lower", "upper"]] == 5.0).all(axis=None)
        assert set(chart["rule"]) == {"common cause"}


@pytest.mark.parametrize(
    ("values", "options", "said"),
    [
        ([1, math.inf], {}, "infinite"),
        ([1, 2], {"improvement": "up"}, "'up'"),
        ([1, 2], {"rebase_at": [7]}, "7"),
        ([1, 2], {"fix_after": 1}, "baseline of 1"),
        ([1, 2], {"trend_points": 2}, "trend of 2"),
        (pd.Series([1.0, 2.0], index=["a", "a"]), {}, "more than once"),
    ],
)
def test_what_makes_no_chart__is_said(values: list[float], options: dict, said: str) -> None:
    with pytest.raises(spc.ChartError, match=said):
        spc.xmr(values, **{"improvement": "increase", **options})


def rules_one_by_one(y: list[float], chart: pd.DataFrame, trend_points: int) -> list[str]:
    """Tell the rule of each point of one group by looking at every window that holds it."""
    mean, upper, lower = chart["mean"].iloc[0], chart["upper"].iloc[0], chart["lower"].iloc[0]

    def windows(at: int, size: int) -> list[range]:
        return [range(i, i + size) for i in range(at - size + 1, at + 1) if i >= 0 and i + size <= len(y)]

    def one_side(window: range) -> bool:
        return all(y[i] > mean for i in window) or all(y[i] < mean for i in window)

    def runs_one_way(window: range) -> bool:
        pairs = [(y[i], y[i + 1]) for i in window[:-1]]
        return all(a < b for a, b in pairs) or all(a > b for a, b in pairs)

    def is_close(i: int) -> bool:
        return lower <= y[i] <= upper and abs(y[i] - mean) > 2 / 3 * (upper - mean)

    def rule(at: int) -> str:
        if not lower <= y[at] <= upper:
            return "outside limits"
        if any(runs_one_way(window) for window in windows(at, trend_points)):
            return "trend"
        if is_close(at) and any(sum(map(is_close, w)) >= 2 and one_side(w) for w in windows(at, 3)):
            return "two of three"
        if any(one_side(window) for window in windows(at, 7)):
            return "shift"
        return "common cause"

    return [rule(at) for at in range(len(y))]


SERIES = st.lists(st.integers(-6, 6).map(float), min_size=1, max_size=40)


@given(SERIES, st.booleans(), st.sampled_from([5, 6, 7]))
def test_rules__told_point_by_point_are_the_same(y: list[float], screen: bool, trend_points: int) -> None:
    chart = spc.xmr(y, improvement="increase", screen_outliers=screen, trend_points=trend_points)
    assert chart["rule"].to_list() == rules_one_by_one(y, chart, trend_points)


@given(SERIES)
def test_chart__turned_over_is_the_same_turned_over(y: list[float]) -> None:
    chart = spc.xmr(y, improvement="increase")
    turned = spc.xmr([-value for value in y], improvement="decrease")
    assert chart["rule"].to_list() == turned["rule"].to_list()
    assert chart["point"].to_list() == turned["point"].to_list()
    assert np.allclose(chart["upper"], -turned["lower"])


@given(SERIES)
def test_screening__never_widens_the_limits(y: list[float]) -> None:
    screened = spc.xmr(y, improvement="increase")
    assert (screened["upper"] <= spc.xmr(y, improvement="increase", screen_outliers=False)["upper"] + 1e-9).all()


@given(SERIES, SERIES)
def test_groups__are_charts_of_their_own(before: list[float], after: list[float]) -> None:
    together = spc.xmr([*before, *after], improvement="increase", rebase_at=[len(before)])
    apart = pd.concat([spc.xmr(part, improvement="increase") for part in (before, after)], ignore_index=True)
    pd.testing.assert_frame_equal(together, apart, check_flags=False)


MONTHS = st.lists(st.none() | st.integers(-6, 6).map(float), min_size=1, max_size=30)


@given(st.lists(st.tuples(MONTHS, st.sampled_from(["increase", "decrease", "neutral"])), min_size=1, max_size=5))
def test_panel__is_the_chart_of_each_series(many: list[tuple[list[float | None], str]]) -> None:
    value = np.array([math.nan if month is None else month for months, _ in many for month in months])
    series = np.repeat(np.arange(len(many)), [len(months) for months, _ in many])
    improvement = np.repeat([kind for _, kind in many], [len(months) for months, _ in many])
    panel = spc.panel(value, series, improvement)
    for number, (months, kind) in enumerate(many):
        chart = spc.xmr([math.nan if month is None else month for month in months], improvement=kind)
        mine = panel[series == number].reset_index(drop=True)
        for name in ("mean", "lower", "upper"):
            # Sums over a whole panel may round otherwise than those of one series.
            assert np.allclose(mine[name], chart[name], equal_nan=True)
        assert mine["rule"].astype(object).where(mine["rule"].notna(), None).to_list() == [
            None if isinstance(rule, float) else rule for rule in chart["rule"]
        ]
        assert [None if isinstance(p, float) else p for p in mine["point"].astype(object)] == [
            None if isinstance(p, float) else p for p in chart["point"]
        ]
        assert (mine["point_count"] == chart["value"].notna().sum()).all()
