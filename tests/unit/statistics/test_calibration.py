"""Calibration and drift: tables worked by hand, pairs counted one by one, and models that are wrong in a known way."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from orchestration.statistics import calibration


def judged(*rows: tuple[float, ...]) -> pd.DataFrame:
    """Each row: expected, cases, outcomes, and squares of outcomes where there are any."""
    names = ["expected", "case_count", "outcome_sum", "outcome_square_sum"]
    return pd.DataFrame(rows, columns=names[: len(rows[0])])


def expit(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def test_expected_values_that_are_true__have_intercept_0_and_slope_1() -> None:
    told = calibration.calibrate(judged((0.1, 200, 20), (0.2, 100, 20), (0.5, 60, 30)), family="logistic")
    assert (told.intercept, told.slope) == pytest.approx((0, 1), abs=1e-9)
    assert told.intercept_lower < 0 < told.intercept_upper and told.slope_lower < 1 < told.slope_upper
    assert (told.case_count, told.outcome_sum, told.expected_sum) == pytest.approx((360, 70, 70), rel=1e-12)
    days = calibration.calibrate(judged((2, 20, 40, 150), (5, 10, 50, 300), (9, 4, 36, 400)), family="log_mean")
    assert (days.intercept, days.slope) == pytest.approx((0, 1), abs=1e-9)


def test_intercept_and_slope__are_those_of_two_groups_by_hand() -> None:
    """Logits of expected -2 and 0, of observed -1 and 0 (with 100 x expit): the slope is a half, a line through both.

    Its standard error is that of the log odds ratio, divided by the distance 2.
    """
    low = 100 * expit(-1)
    told = calibration.calibrate(judged((expit(-2), 100, low), (0.5, 80, 40)), family="logistic")
    assert told.slope == pytest.approx(0.5, rel=1e-9)
    width = 1.959963984540054 * math.sqrt(1 / low + 1 / (100 - low) + 2 / 40) / 2
    assert (told.slope_lower, told.slope_upper) == pytest.approx((0.5 - width, 0.5 + width), rel=1e-9)
    # One group: the intercept is the difference of logits, its variance 1/20 + 1/80.
    large = calibration.calibrate(judged((expit(-2), 100, 20)), family="logistic")
    assert large.intercept == pytest.approx(math.log(20 / 80) + 2, rel=1e-9)
    assert large.intercept_upper - large.intercept == pytest.approx(1.959963984540054 * 0.25, rel=1e-9)
    assert math.isnan(large.slope) and math.isnan(large.slope_upper)


def test_days__have_a_line_of_means_by_hand() -> None:
    """Means of 2 and 8 where 1 and 16 were expected: log 4 by log 16 is a half; observed 36 by 54 expected in all."""
    told = calibration.calibrate(judged((1, 10, 20, 60), (16, 2, 16, 200)), family="log_mean")
    assert told.slope == pytest.approx(0.5, rel=1e-9)
    assert told.intercept == pytest.approx(math.log(36 / 42), rel=1e-9)
    # Squared errors: 60 - 40 + 10, and 200 - 512 + 512; about the mean of 3: 260 - 12 x 9.
    assert told.r_squared == pytest.approx(1 - (30 + 200) / (260 - 108), rel=1e-9)
    assert math.isnan(told.c_statistic) and math.isnan(told.brier)


def test_brier_and_c_statistic__are_as_worked_by_hand() -> None:
    """Of 4 events and 6 others: events at .2 .5 .5 .8, others at .2 .2 .2 .5 .5 .8, so 24 pairs.

    The event at .2 ties with 3: 1.5. Each at .5 is above 3 and ties with 2: 4. That at .8 is above 5 and ties: 5.5.
    """
    told = calibration.calibrate(judged((0.2, 4, 1), (0.5, 4, 2), (0.8, 2, 1)), family="logistic")
    assert told.c_statistic == pytest.approx((1.5 + 4 + 4 + 5.5) / 24, rel=1e-12)
    brier = (0.8**2 + 3 * 0.2**2 + 4 * 0.5**2 + 0.2**2 + 0.8**2) / 10
    assert told.brier == pytest.approx(brier, rel=1e-12)
    assert told.scaled_brier == told.r_squared == pytest.approx(1 - brier / (0.4 * 0.6), rel=1e-12)


GROUPS = st.lists(
    st.tuples(st.integers(1, 9).map(lambda tenth: tenth / 10), st.integers(1, 6)).flatmap(
        lambda pair: st.tuples(st.just(pair[0]), st.just(pair[1]), st.integers(0, pair[1]))
    ),
    min_size=1,
    max_size=8,
)
QUICK = settings(max_examples=20, deadline=None)


@QUICK
@given(GROUPS)
def test_c_statistic__is_the_share_of_pairs_counted_one_by_one(groups: list[tuple[float, int, int]]) -> None:
    told = calibration.calibrate(judged(*groups), family="logistic")
    events = [mean for mean, _, outcome in groups for _ in range(outcome)]
    others = [mean for mean, cases, outcome in groups for _ in range(cases - outcome)]
    if not events or not others:
        assert math.isnan(told.c_statistic)
        return
    won = sum((event > other) + (event == other) / 2 for event in events for other in others)
    assert told.c_statistic == pytest.approx(won / (len(events) * len(others)), rel=1e-12)
    errors = [(1 - mean) ** 2 for mean in events] + [mean**2 for mean in others]
    assert told.brier == pytest.approx(sum(errors) / len(errors), rel=1e-9)


@QUICK
@given(GROUPS, st.randoms(use_true_random=False))
def test_order_and_grouping__change_nothing(groups: list[tuple[float, int, int]], chance: object) -> None:
    single = [(mean, 1, int(at < outcome)) for mean, cases, outcome in groups for at in range(cases)]
    chance.shuffle(single)
    one, other = (calibration.calibrate(judged(*rows), family="logistic") for rows in (groups, single))
    for name, figure in vars(one).items():
        if name == "tenths":
            pd.testing.assert_frame_equal(figure, other.tenths, rtol=1e-9)
        else:
            assert figure == other.__dict__[name] or (figure != figure and getattr(other, name) != getattr(other, name))


def test_tenths__hold_equal_numbers_in_order_with_exact_intervals() -> None:
    rows = [(0.01 * step, 10, step // 2) for step in range(1, 21)]
    tenths = calibration.calibrate(judged(*rows[::-1]), family="logistic").tenths
    assert tenths["tenth"].to_list() == list(range(1, 11))
    assert tenths["case_count"].to_list() == [20] * 10
    assert tenths["outcome_sum"].to_list() == [step // 2 + (step + 1) // 2 for step in range(1, 21, 2)]
    assert tenths["expected_sum"].to_list() == pytest.approx([0.1 * (2 * step + 1) for step in range(1, 21, 2)])
    assert tenths["observed"].to_list() == pytest.approx(tenths["outcome_sum"] / 20)
    for row in tenths.itertuples():
        exact = binomtest(int(row.outcome_sum), 20).proportion_ci(0.95, method="exact")
        assert (row.lower, row.upper) == pytest.approx((exact.low, exact.high), abs=1e-9)


def test_exact_interval__of_nothing_and_of_all() -> None:
    """By hand: the chance of no event in 10 is 2.5 % at 1 - 0.025 to the tenth root."""
    tenths = calibration.calibrate(judged((0.1, 10, 0), (0.9, 10, 10)), family="logistic").tenths
    edge = 1 - 0.025**0.1
    assert tenths["lower"].to_list() == pytest.approx([0, 1 - edge], abs=1e-9)
    assert tenths["upper"].to_list() == pytest.approx([edge, 1], abs=1e-9)


def test_equal_expected_values__are_in_one_tenth() -> None:
    tenths = calibration.calibrate(judged((0.1, 50, 5), (0.3, 50, 10)), family="logistic").tenths
    assert tenths["tenth"].to_list() == [3, 8] and tenths["case_count"].to_list() == [50, 50]


def test_tenths_of_days__have_the_interval_of_a_mean() -> None:
    """By hand: 2, 4 and 9 days have the mean 5 and the variance 13."""
    tenths = calibration.calibrate(judged((4, 3, 15, 101), (6, 1, 7, 49)), family="log_mean").tenths
    width = 1.959963984540054 * math.sqrt(13 / 3)
    assert (tenths["lower"][0], tenths["upper"][0]) == pytest.approx((5 - width, 5 + width), rel=1e-9)
    assert math.isnan(tenths["lower"][1])


def test_no_event__has_no_intercept() -> None:
    told = calibration.calibrate(judged((0.1, 50, 0), (0.2, 50, 0)), family="logistic")
    assert all(math.isnan(figure) for figure in (told.intercept, told.slope, told.c_statistic, told.scaled_brier))
    assert told.brier == pytest.approx((0.01 + 0.04) / 2, rel=1e-12)


def months(observed: list[int], *, cases: int = 200, expected: float = 0.1, first: str = "2024-01-15") -> pd.DataFrame:
    """Two groups of patients each month: half of the observed in each, twice as much expected in the second."""
    starts = pd.date_range(first, periods=len(observed), freq="31D")
    groups = [
        pd.DataFrame({"month_on": starts, "case_count": cases * share, "expected": mean, "outcome_sum": events})
        for share, mean, events in (
            (2 / 3, expected, np.array(observed) / 2),
            (1 / 3, 2 * expected, np.array(observed) / 2),
        )
    ]
    return pd.concat(groups).assign(outcome_square_sum=lambda frame: 3 * frame["outcome_sum"])


def test_drift__sums_twelve_months_by_hand() -> None:
    """Each month 133.3 cases of .1 and 66.7 of .2: expected 26.7, variance 12 + 10.7."""
    told = calibration.drift(months([20] * 6 + [30] * 8), family="logistic")
    assert len(told) == 14 and told["month_on"].iloc[0] == pd.Timestamp("2024-01-01")
    assert told["expected_sum"].to_list() == pytest.approx([80 / 3] * 14, rel=1e-9)
    assert told["variance_sum"].to_list() == pytest.approx([12 + 32 / 3] * 14, rel=1e-9)
    assert told["observed_12"].isna().to_list() == [True] * 11 + [False] * 3
    assert told["observed_12"].to_list()[11:] == pytest.approx([300, 310, 320], rel=1e-12)
    last = told.iloc[-1]
    assert last["ratio"] == pytest.approx(1.0, rel=1e-9) and last["z"] == pytest.approx(0, abs=1e-9)
    first = told.iloc[11]
    assert first["z"] == pytest.approx((300 - 320) / math.sqrt(12 * (12 + 32 / 3)), rel=1e-9)
    width = 3.090232306167813 * math.sqrt(12 * (12 + 32 / 3)) / 320
    assert (first["lower"], first["upper"]) == pytest.approx((1 - width, 1 + width), rel=1e-9)
    assert told.attrs["alarm"] is False and told.attrs["slope"] == pytest.approx(1.0, abs=0.1)
    assert told.attrs["reason"] == "In the 12 months to February 2025 observed and expected agree: the ratio is 1.00."


@pytest.mark.parametrize(("each", "alarm"), [(30, False), (31, True), (22, True), (23, False)])
def test_alarm__is_beyond_the_limits(each: int, alarm: bool) -> None:
    """The limits are 1 +- 0.159: 26.7 a month become 22.4 and 30.9."""
    told = calibration.drift(months([26] * 12 + [each] * 12), family="logistic")
    assert told.attrs["alarm"] is alarm
    assert ("beyond its 99.8 % limits 0.84 to 1.16" in told.attrs["reason"]) is alarm


def test_alarm__is_of_the_last_months_not_of_those_before() -> None:
    assert calibration.drift(months([60] * 12), family="logistic").attrs["alarm"]
    assert not calibration.drift(months([60] * 12 + [27] * 12), family="logistic").attrs["alarm"]


def test_slope_away_from_1__is_an_alarm_even_where_sums_agree() -> None:
    """Expected .02 and .4, observed .1 and .32: as many in all, and a slope of log 4.24 by log 32.7."""
    month = [(0.02, 100, 10), (0.4, 100, 32)]
    rows = pd.concat(
        [judged(*month).assign(month_on=start) for start in pd.date_range("2025-01-01", periods=12, freq="MS")]
    )
    told = calibration.drift(rows, family="logistic")
    slope = math.log(32 / 68 / (1 / 9)) / math.log(0.4 / 0.6 / (0.02 / 0.98))
    assert told.attrs["slope"] == pytest.approx(slope, rel=1e-9)
    assert told["ratio"].iloc[-1] == pytest.approx(1.0, rel=1e-9)
    assert told.attrs["alarm"] and "the slope is 0.41 (99.8 % interval" in told.attrs["reason"]
    width = 3.090232306167813 * math.sqrt((1 / 10 + 1 / 90 + 1 / 32 + 1 / 68) / 12)
    assert told.attrs["slope_upper"] - told.attrs["slope"] == pytest.approx(
        width / math.log(0.4 / 0.6 / (0.02 / 0.98)), rel=1e-9
    )


@pytest.mark.parametrize(
    ("rows", "family", "said"),
    [
        (months([90] * 11), "logistic", "There are 11 months"),
        (months([4] * 12, cases=9, expected=0.05), "logistic", "too few cases"),
        (months([1] * 12, cases=0.6, expected=0.05), "log_mean", "too few cases"),
    ],
)
def test_too_little__is_no_alarm(rows: pd.DataFrame, family: str, said: str) -> None:
    told = calibration.drift(rows, family=family)
    assert told.attrs["alarm"] is False and said in told.attrs["reason"]


def test_months_without_cases__are_there_and_empty() -> None:
    rows = months([27] * 14).query("month_on.dt.month != 5")
    told = calibration.drift(rows, family="logistic")
    assert len(told) == 14
    assert told.loc[4, ["case_count", "outcome_sum", "expected_sum"]].to_list() == [0, 0, 0]
    assert told["expected_12"].iloc[-1] == pytest.approx(11 * 80 / 3, rel=1e-9)


def test_drift_of_days__scales_with_pearsons_statistic() -> None:
    """By hand: squared errors are 200 - 160 about 4 and 400 - 320 about 8, so (40 / 4 + 80 / 8) / 15 for each case."""
    starts = pd.date_range("2025-01-01", periods=12, freq="MS")
    rows = pd.concat([judged((4, 10, 40, 200), (8, 5, 40, 400)).assign(month_on=start) for start in starts])
    told = calibration.drift(rows, family="log_mean")
    assert told["variance_sum"].to_list() == pytest.approx([80 * 20 / 15] * 12, rel=1e-9)
    assert told.attrs["alarm"] is False
    worse = rows.assign(outcome_sum=rows["outcome_sum"] * 1.5, outcome_square_sum=rows["outcome_square_sum"] * 2.25)
    assert calibration.drift(worse, family="log_mean").attrs["alarm"] is True


@pytest.mark.parametrize(
    ("rows", "family", "said"),
    [
        (judged((0.1, 10, 1)).drop(columns="expected"), "logistic", "no column expected"),
        (judged((2, 10, 20)), "log_mean", "no column outcome_square_sum"),
        (judged((0.1, 0, 0)), "logistic", "no cases"),
        (judged((math.nan, 10, 1)), "logistic", "missing or out of range"),
        (judged((1.0, 10, 1)), "logistic", "below 1"),
        (judged((0.0, 10, 1, 1)), "log_mean", "above 0"),
    ],
)
def test_what_cannot_be_compared__is_said(rows: pd.DataFrame, family: str, said: str) -> None:
    with pytest.raises(calibration.CalibrationError, match=said):
        calibration.calibrate(rows, family=family)


def test_drift_without_months__is_said() -> None:
    with pytest.raises(calibration.CalibrationError, match="no column month_on"):
        calibration.drift(judged((0.1, 10, 1)), family="logistic")
