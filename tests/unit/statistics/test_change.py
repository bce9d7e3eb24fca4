"""Steps in series: the Nile, steps worked by hand, all permutations counted, and how often chance is told a step."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from orchestration.statistics import change

# Flow of the Nile at Aswan in 10^8 m^3, 1871 to 1970: Cobb (1978), Biometrika 65:243-251, Table 1; `Nile` in R.
NILE = [
    1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140,
    1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969,
    831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759,
    781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890,
    744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740,
]  # fmt: skip


def told(values: list[float], **options) -> pd.Series:
    """Return the answer for one series."""
    return change.step(pd.Series(values, dtype=float), np.zeros(len(values)), **options).iloc[0]


def panel(matrix: np.ndarray, **options) -> pd.DataFrame:
    """Return the answers for the rows of a matrix; `month` is the column where the step begins."""
    found = change.step(matrix.ravel(), np.repeat(np.arange(len(matrix)), matrix.shape[1]), **options)
    found["month"] = found["starts_at"] % matrix.shape[1]
    return found


def expected_share(rate: float, size: int) -> tuple[float, float]:
    return tuple(edge / size for edge in stats.binom.interval(0.999, size, rate))


def z_of_splits(rows: np.ndarray, minimum_points: int) -> np.ndarray:
    """Return |z| of the Wilcoxon-Mann-Whitney test at every split (rows x splits), as scipy has it."""
    n = rows.shape[1]
    z = []
    for k in range(minimum_points, n - minimum_points + 1):
        options = {"axis": 1, "method": "asymptotic", "use_continuity": False}
        p = stats.mannwhitneyu(rows[:, :k], rows[:, k:], **options).pvalue
        z.append(stats.norm.isf(p / 2))
    return np.column_stack(z)


def test_nile__fell_after_1898() -> None:
    """R, strucchange: `breakpoints(Nile ~ 1)` ends the old level at the 28th year; means 1097.75 and 849.97."""
    found = change.step(pd.Series(NILE, index=range(1871, 1971), dtype=float), np.full(100, "Nile")).iloc[0]
    assert found["series"] == "Nile" and found["has_step"] and found["point_count"] == 100
    assert found["starts_at"] == 1899
    assert found["before"] == 1097.75
    assert round(found["after"], 2) == 849.97
    assert found["size"] == pytest.approx(30599 / 36 - 1097.75, rel=1e-12)
    # none of 9,999 permutations comes near
    assert found["p_value"] == 1 / 10_000


def test_six_values__are_as_worked_by_hand() -> None:
    """Two of the 20 ways to split six ranks into threes are as far apart: p = 0.1. Welch: se^2 = 2/3, 4 degrees."""
    found = told([1, 2, 3, 10, 11, 12], minimum_points=3, significance=0.2)
    assert found[["has_step", "starts_at", "before", "after", "size"]].to_list() == [True, 3, 2.0, 11.0, 9.0]
    half = 2.7764451051977987 * math.sqrt(2 / 3)
    assert [found["size_lower"], found["size_upper"]] == pytest.approx([9 - half, 9 + half], rel=1e-9)
    assert found["p_value"] == pytest.approx(0.1, abs=4 * math.sqrt(0.1 * 0.9 / 9_999))


@pytest.mark.parametrize(
    "values",
    [
        [3, 1, 2, 4, 6, 7, 5],
        [1, 2, 3, 7, 4, 6, 5],
        [0, 0, 0, 0, 1, 1, 2],
        [0, 0, 0, 0, 0, 1, 1],
        [0, 1, 0, 0, 0, 0, 1],
    ],
)
def test_p_value__is_the_share_of_all_orders_that_are_as_far_apart(values: list[int]) -> None:
    orders = np.array(list(itertools.permutations(values)), dtype=float)
    largest = z_of_splits(orders, 2).max(axis=1)
    exact = (largest >= largest[(orders == values).all(axis=1)][0] - 1e-6).mean()
    p = told(values, minimum_points=2, significance=0.99)["p_value"]
    tied = len(set(values)) < len(values)
    # with ties the p-value is the larger one of two
    assert p >= exact - 4 * math.sqrt(exact * (1 - exact) / 1_999) - 1e-4
    assert tied or p == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / 9_999) + 1e-4)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 9).map(float), min_size=8, max_size=30))
def test_step__found_split_by_split_is_the_same(values: list[float]) -> None:
    if len(set(values)) == 1:
        return
    found = told(values, minimum_points=4, significance=0.999, paths=999)
    z = z_of_splits(np.array([values]), 4)[0]
    if found["has_step"]:
        at = 4 + int(np.argmax(z >= z.max() - 1e-6))
        assert found["starts_at"] == at
        before, after = np.array(values[:at]), np.array(values[at:])
        assert found["size"] == pytest.approx(after.mean() - before.mean(), abs=1e-12)
        if before.var() + after.var() > 0:
            interval = stats.ttest_ind(after, before, equal_var=False).confidence_interval()
            assert [found["size_lower"], found["size_upper"]] == pytest.approx(list(interval), rel=1e-9, abs=1e-9)
        else:
            assert found["size_lower"] == found["size"] == found["size_upper"]


@pytest.mark.parametrize("kind", ["normal", "skewed", "rates of 20"])
def test_chance__is_told_as_a_step_as_often_as_is_said(kind: str) -> None:
    rng = np.random.default_rng(61)
    matrix = {
        "normal": lambda: rng.normal(size=(3000, 48)),
        "skewed": lambda: rng.exponential(size=(3000, 48)),
        "rates of 20": lambda: rng.binomial(20, 0.1, size=(3000, 48)) / 20,
    }[kind]()
    low, high = expected_share(0.05, 3000)
    assert low <= panel(matrix, significance=0.05)["has_step"].mean() <= high


@pytest.mark.parametrize("zeros", [0.8, 0.9, 0.95])
def test_chance__of_rare_events_is_told_no_more_often(zeros: float) -> None:
    """The table alone tells two to four in a hundred of these."""
    matrix = (np.random.default_rng(67).random((2000, 120)) > zeros).astype(float)
    assert panel(matrix, paths=1999)["has_step"].mean() <= expected_share(0.01, 2000)[1]


def test_autocorrelation__makes_false_steps_as_the_docstring_warns() -> None:
    rng = np.random.default_rng(71)
    matrix = rng.normal(size=(1500, 110))
    for month in range(1, 110):
        matrix[:, month] += 0.3 * matrix[:, month - 1]
    assert 0.06 < panel(matrix[:, 50:])["has_step"].mean() < 0.13


def test_planted_steps__are_found_and_dated() -> None:
    """Of two standard deviations, with a year at least on each side: 98 % and more; 9 of 10 to within two months."""
    rng = np.random.default_rng(73)
    begins = rng.integers(12, 49, size=1000)
    matrix = rng.normal(size=(1000, 60)) - 2 * (np.arange(60) >= begins[:, None])
    found = panel(matrix)
    assert found["has_step"].mean() >= 0.98
    seen = found[found["has_step"]]
    assert ((seen["month"] - begins[seen.index]).abs() <= 2).mean() >= 0.9
    assert seen["size"].mean() == pytest.approx(-2, abs=0.05)
    held = (seen["size_lower"] <= -2) & (seen["size_upper"] >= -2)
    assert 0.92 <= held.mean() <= 0.97


def test_one_wild_month__is_no_step() -> None:
    values = [*np.tile([1.0, 2.0, 3.0, 2.0], 14), 1.0, 1e6, 2.0, 3.0]
    assert not told(values)["has_step"]


def test_a_series_that_does_not_change__has_no_step() -> None:
    found = told([0.1 + 0.2] * 30)
    assert not found["has_step"] and found["p_value"] == 1
    assert found[["starts_at", "before", "after", "size", "size_lower", "size_upper"]].isna().all()


def test_a_perfect_step__has_an_interval_of_no_width() -> None:
    found = told([1.0] * 12 + [3.0] * 12)
    assert found[["starts_at", "before", "after", "size_lower", "size_upper"]].to_list() == [12, 1, 3, 2, 2]


WHOLE = st.lists(st.integers(-50, 50), min_size=12, max_size=40)


@settings(deadline=None, max_examples=50)
@given(WHOLE, st.integers(-1000, 1000), st.sampled_from([0.25, 2.0, 64.0]))
def test_values_shifted_and_scaled__have_the_answer_shifted_and_scaled(y: list[int], shift: int, scale: float) -> None:
    plain = told([float(v) for v in y], paths=199, significance=0.5)
    moved = told([scale * (v + shift) for v in y], paths=199, significance=0.5)
    for name in ("has_step", "p_value"):
        assert plain[name] == moved[name]
    if plain["has_step"]:
        assert plain["starts_at"] == moved["starts_at"]
        assert moved["after"] == pytest.approx(scale * (plain["after"] + shift), abs=1e-7)
        for name in ("size", "size_lower", "size_upper"):
            assert moved[name] == pytest.approx(scale * plain[name], rel=1e-9, abs=1e-7)


@settings(deadline=None, max_examples=50)
@given(WHOLE)
def test_values_turned_over__step_the_other_way(y: list[int]) -> None:
    plain, turned = (told([sign * v for v in y], paths=199, significance=0.5) for sign in (1.0, -1.0))
    assert plain["p_value"] == turned["p_value"]
    if plain["has_step"]:
        assert plain["starts_at"] == turned["starts_at"] and plain["size_lower"] == -turned["size_upper"]


def test_missing_months__are_passed_over() -> None:
    months = pd.period_range("2023-01", periods=16, freq="M")
    values = pd.Series([1, 2, 1, 2, 1, math.nan, 2, math.nan, 8, 9, 8, math.nan, 9, 8, 9, math.nan], index=months)
    found = change.step(values, np.zeros(16)).iloc[0]
    whole = change.step(values.dropna(), np.zeros(12)).iloc[0]
    assert found["starts_at"] == whole["starts_at"] == pd.Period("2023-09", "M")
    assert found["point_count"] == 12 and found["before"] == 1.5 and found["after"] == 8.5
    assert found["p_value"] == whole["p_value"] < 0.01


def test_weights__make_levels_the_rates_of_all_cases() -> None:
    """Before: 10 of 100 and 40 of 200, three times: 0.15.. = 150 / 900; after: 0.5 at any weight."""
    values, weight = [0.1, 0.2] * 3 + [0.5] * 6, [100.0, 200.0] * 3 + [7.0] * 6
    found = change.step(np.array(values), np.zeros(12), weight=np.array(weight), paths=999).iloc[0]
    assert found["has_step"] and found["starts_at"] == 6
    assert [found["before"], found["after"]] == pytest.approx([1 / 6, 0.5], rel=1e-12)
    # 300 x (1/15)^2 + 600 x (1/30)^2 = 2; of 5 degrees and 900 cases; t of 5 degrees at 0.975 is 2.5705818
    half = 2.5705818356363146 * math.sqrt(2 / 5 / 900)
    assert found["size_upper"] - found["size"] == pytest.approx(half, rel=1e-9)
    plain, even = (
        told(values, paths=999),
        change.step(np.array(values), np.zeros(12), weight=np.full(12, 3.0), paths=999),
    )
    assert even.iloc[0].equals(plain)


def test_a_series__is_answered_alike_alone_and_among_others() -> None:
    rng = np.random.default_rng(79)
    lengths = [5, 40, 12, 40, 27]
    values = [rng.normal(size=n) + 6 * (np.arange(n) >= n // 2) for n in lengths]
    names = np.repeat(["few", "b", "short", "d", "e"], lengths)
    together = change.step(np.concatenate(values), names)
    assert together["series"].to_list() == ["few", "b", "short", "d", "e"]
    assert together["point_count"].to_list() == lengths
    assert math.isnan(together["p_value"][0]) and not together["has_step"][0] and together["has_step"][1:].all()
    begins = np.cumsum([0, *lengths])
    for place, own in enumerate(values):
        alone = change.step(pd.Series(own, index=np.arange(len(own)) + begins[place]), np.full(len(own), "x"))
        pd.testing.assert_frame_equal(
            alone.drop(columns="series"),
            together.iloc[[place]].drop(columns="series").reset_index(drop=True),
            check_dtype=False,
            check_flags=False,
        )
    mixed = rng.permutation(np.repeat(np.arange(5), lengths))
    order = np.argsort(mixed, kind="stable")
    interleaved, place = np.empty(len(mixed)), np.empty(len(mixed), dtype=object)
    interleaved[order], place[order] = np.concatenate(values), names
    found = change.step(interleaved, place).set_index("series")
    assert found.loc[together["series"], "size"].to_list() == pytest.approx(together["size"].to_list(), nan_ok=True)


def test_nothing__has_no_steps() -> None:
    assert change.step(np.array([]), np.array([])).empty
    found = change.step(pd.Series([math.nan] * 3, index=["a", "b", "c"]), np.array(["s", "s", "t"]))
    assert found["series"].to_list() == ["s", "t"] and found["point_count"].to_list() == [0, 0]
    assert not found["has_step"].any() and found["starts_at"].isna().all() and found["p_value"].isna().all()


@pytest.mark.parametrize(
    ("values", "options", "said"),
    [
        ([1, math.inf], {}, "at 'b' is infinite"),
        ([1, 2], {"series": np.array(["s", None], dtype=object)}, "at 'b' is missing"),
        ([1, 2], {"series": np.zeros(3)}, "3 rows"),
        ([1, 2], {"series": pd.Series([0, 0])}, "not on the index"),
        ([1, 2], {"weight": np.array([1.0, 0.0])}, "weight at 'b' is 0.0"),
        ([1, 2], {"weight": np.array([1.0, math.nan])}, "weight at 'b' is nan"),
        ([1, 2], {"weight": np.ones(1)}, "1 rows"),
        ([1, 2], {"minimum_points": 1}, "level of 1 points"),
        ([1, 2], {"significance": 0}, "significance is 0"),
        ([1, 2], {"paths": 98}, "98 paths"),
    ],
)
def test_what_makes_no_step__is_said(values: list[float], options: dict, said: str) -> None:
    with pytest.raises(change.ChangeError, match=said):
        change.step(pd.Series(values, index=["a", "b"], dtype=float), **{"series": np.zeros(2), **options})
