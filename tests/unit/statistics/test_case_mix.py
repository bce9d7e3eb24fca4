"""Case-mix models: published and hand-worked fits, what a clinician cannot change, and simulated clinicians."""

import json
import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.statistics import calibration, case_mix, model_card

NO_MINIMUM = {"minimum_level_cases": 1, "minimum_level_events": 1}


def patterns(rows: list[tuple], *factors: str) -> pd.DataFrame:
    """Each row: a level per factor, fold, cases, outcomes, and squares of outcomes where there are any."""
    names = [*factors, "fold", "case_count", "outcome_sum", "outcome_square_sum"]
    width = len(rows[0])
    return pd.DataFrame(rows, columns=names[:width]).assign(month_on=pd.Timestamp("2025-01-01"))


def twice(frame: pd.DataFrame) -> pd.DataFrame:
    """The same cases in two folds: a model without either has the coefficients of both."""
    return pd.concat([frame.assign(fold=fold) for fold in (1, 2)])


def term(model: case_mix.CaseMixModel, factor: str, level: str) -> pd.Series:
    of = model.terms[(model.terms["factor"] == factor) & (model.terms["level"] == level)]
    assert len(of) == 1
    return of.iloc[0]


def test_one_yes_or_no__has_the_log_odds_ratio_of_its_table() -> None:
    """By hand: 40 of 100 against 20 of 120; log (40 x 100 / (60 x 20)), SE root of 1/40 + 1/60 + 1/20 + 1/100."""
    rows = patterns([("no", 1, 60, 10), ("no", 2, 60, 10), ("yes", 1, 50, 20), ("yes", 2, 50, 20)], "frail")
    model = case_mix.fit(rows, factors=["frail"], family="logistic")
    yes = term(model, "frail", "yes")
    assert yes["coefficient"] == pytest.approx(math.log(40 * 100 / (60 * 20)), rel=1e-9)
    assert yes["standard_error"] == pytest.approx(math.sqrt(1 / 40 + 1 / 60 + 1 / 20 + 1 / 100), rel=1e-9)
    assert term(model, "frail", "no")["reference"] and math.isnan(term(model, "frail", "no")["standard_error"])
    assert term(model, case_mix.INTERCEPT, "")["coefficient"] == pytest.approx(math.log(20 / 100), rel=1e-9)
    assert model.dispersion == 1.0 and model.notes == ()
    # the average case: 100 of 220 are frail
    odds = math.exp(math.log(0.2) + 100 / 220 * math.log(10 / 3))
    assert model.baseline == pytest.approx(odds / (1 + odds), rel=1e-9)


# Admissions to Berkeley, 1973 (Bickel, Hammel & O'Connell, Science 1975;187:398-404): R's `UCBAdmissions`.
ADMISSIONS = [
    ("male", "A", 512, 313), ("female", "A", 89, 19), ("male", "B", 353, 207), ("female", "B", 17, 8),
    ("male", "C", 120, 205), ("female", "C", 202, 391), ("male", "D", 138, 279), ("female", "D", 131, 244),
    ("male", "E", 53, 138), ("female", "E", 94, 299), ("male", "F", 22, 351), ("female", "F", 24, 317),
]  # fmt: skip


def test_berkeley__has_the_published_coefficients() -> None:
    """As R prints `glm(cbind(admit, reject) ~ male + dept, binomial)` in notes on McElreath, Statistical Rethinking."""
    rows = patterns([(sex, of, 1, yes + no, yes) for sex, of, yes, no in ADMISSIONS], "department", "sex")
    rows[["sex", "department"]] = [[sex, of] for sex, of, _, _ in ADMISSIONS]
    rows["fold"] = np.arange(len(rows)) % 2
    model = case_mix.fit(rows, factors=["department", "sex"], family="logistic")
    assert term(model, "sex", "male")["reference"] and term(model, "department", "A")["reference"]
    # The intercept there is of women of department A, here of men.
    assert term(model, case_mix.INTERCEPT, "")["coefficient"] == pytest.approx(0.68192 - 0.09987, abs=1.1e-5)
    published = {
        ("sex", "female"): (0.09987, 0.08085), ("department", "B"): (-0.04340, 0.10984),
        ("department", "C"): (-1.26260, 0.10663), ("department", "D"): (-1.29461, 0.10582),
        ("department", "E"): (-1.73931, 0.12611), ("department", "F"): (-3.30648, 0.16998),
    }  # fmt: skip
    for (factor, level), figures in published.items():
        found = term(model, factor, level)
        assert (found["coefficient"], found["standard_error"]) == pytest.approx(figures, abs=5.1e-6)


# Damage to ships by waves (McCullagh & Nelder 1989, section 6.3.2): R's `MASS::ships`, rows with service.
SHIPS = """
A 60 60 127 0, A 60 75 63 0, A 65 60 1095 3, A 65 75 1095 4, A 70 60 1512 6, A 70 75 3353 18, A 75 75 2244 11,
B 60 60 44882 39, B 60 75 17176 29, B 65 60 28609 58, B 65 75 20370 53, B 70 60 7064 12, B 70 75 13099 44,
B 75 75 7117 18, C 60 60 1179 1, C 60 75 552 1, C 65 60 781 0, C 65 75 676 1, C 70 60 783 6, C 70 75 1948 2,
C 75 75 274 1, D 60 60 251 0, D 60 75 105 0, D 65 60 288 0, D 65 75 192 0, D 70 60 349 2, D 70 75 1208 11,
D 75 75 2051 4, E 60 60 45 0, E 65 60 789 7, E 65 75 437 7, E 70 60 1157 5, E 70 75 2161 12, E 75 75 542 1
"""


def test_ships__have_the_published_coefficients_and_dispersion() -> None:
    """R's `glm(incidents ~ type + year + period, poisson, offset = log(service))`; s2 = 1.69 on 25 df in the book.

    A month of service is a case. With all of a row's outcome spread evenly over its months, Pearson's statistic over
    months is that over rows, so dispersions differ by degrees of freedom alone.
    """
    rows = []
    for fold, cell in enumerate(SHIPS.replace("\n", " ").split(",")):
        kind, built, used, service, incidents = cell.split()
        months, damage = int(service), int(incidents)
        rows.append((kind, built, used, fold % 2, months, damage, damage**2 / months))
    rows = patterns(rows, "type", "built", "used")
    model = case_mix.fit(rows, factors=["type", "built", "used"], family="log_mean", **NO_MINIMUM)
    by_rows = model.dispersion * (rows["case_count"].sum() - 9) / 25
    assert by_rows == pytest.approx(1.69, abs=0.005)
    published = {"B": -0.54334, "C": -0.68740, "D": -0.07596, "E": 0.32558, "65": 0.69714, "70": 0.81843, "75": 0.45343}
    of = model.terms.set_index(["factor", "level"])["coefficient"]
    for level, figure in published.items():
        factor, first = ("type", "A") if level in "BCDE" else ("built", "60")
        assert of[factor, level] - of[factor, first] == pytest.approx(figure, abs=1.1e-5)
    used = term(model, "used", "75")
    assert used["coefficient"] == pytest.approx(0.38447, abs=5.1e-6)
    assert used["standard_error"] / math.sqrt(model.dispersion) == pytest.approx(0.11827, abs=5.1e-6)
    first = term(model, "type", "A")
    assert first["standard_error"] / math.sqrt(model.dispersion) == pytest.approx(0.17759, abs=5.1e-6)


def test_days_by_one_factor__are_means_of_groups_without_the_fold() -> None:
    """By hand. Fold 1 is judged by folds 2 and 3: of planned cases 30 + 24 days in 6 + 6, and so on."""
    rows = patterns(
        [
            ("planned", 1, 6, 12, 30), ("planned", 2, 6, 30, 170), ("planned", 3, 6, 24, 110),
            ("emergency", 1, 5, 40, 340), ("emergency", 2, 5, 50, 540), ("emergency", 3, 5, 30, 200),
        ],
        "admission",
    )  # fmt: skip
    model = case_mix.fit(rows, factors=["admission"], family="log_mean", **NO_MINIMUM)
    expected = model.expected.set_index(["admission", "fold"])["expected"]
    by_hand = {
        ("planned", 1): 54 / 12, ("planned", 2): 36 / 12, ("planned", 3): 42 / 12,
        ("emergency", 1): 80 / 10, ("emergency", 2): 70 / 10, ("emergency", 3): 90 / 10,
    }  # fmt: skip
    assert expected.to_dict() == pytest.approx(by_hand, rel=1e-9)
    # Pearson over cases: planned mean 66/18, emergency 120/15, less two columns of 33 cases.
    squares = (310 - 66**2 / 18) / (66 / 18) + (1080 - 120**2 / 15) / 8
    assert model.dispersion == pytest.approx(squares / 31, rel=1e-9)
    emergency = term(model, "admission", "emergency")
    assert emergency["standard_error"] == pytest.approx(math.sqrt(squares / 31 * (1 / 66 + 1 / 120)), rel=1e-9)


def test_expected__is_that_of_the_other_folds() -> None:
    """By hand, saturated: fold 1 is expected what fold 2 had, and the other way."""
    rows = patterns([("a", 1, 100, 10), ("b", 1, 100, 30), ("a", 2, 200, 40), ("b", 2, 50, 25)], "group")
    model = case_mix.fit(rows, factors=["group"], family="logistic")
    assert model.expected.set_index(["group", "fold"])["expected"].to_dict() == pytest.approx(
        {("a", 1): 0.2, ("b", 1): 0.5, ("a", 2): 0.1, ("b", 2): 0.3}, rel=1e-9
    )
    judged = case_mix.with_expected(model, rows.assign(clinician="C1"))
    assert judged["expected"].to_list() == pytest.approx([0.2, 0.5, 0.1, 0.3], rel=1e-9)
    assert set(judged["clinician"]) == {"C1"}
    overall = case_mix.with_expected(model, rows.drop(columns="fold"))
    assert overall["expected"].to_list() == pytest.approx([50 / 300, 55 / 150] * 2, rel=1e-9)


def parts_of(model: case_mix.CaseMixModel, folds: list[int], **levels: list[str]) -> pd.Series:
    return case_mix.parts(model, levels, folds).set_index(["fold", "factor", "level"])["part"]


@pytest.mark.parametrize("family", ["logistic", "log_mean"])
def test_parts__add_up_to_the_expected(family: str) -> None:
    """Of each fold, of one that taught nothing (the model on all folds speaks) and of a level that nobody has seen."""
    rows = random_patterns(1).fillna(case_mix.NOT_KNOWN)
    factors = ["age", "sex", "group"]
    model = case_mix.fit(rows, factors=factors, family=family, **NO_MINIMUM)
    unseen = rows.iloc[:1].assign(age="never seen")
    for asked in (rows, unseen, rows.assign(fold=77)):
        levels = {name: asked[name].unique().tolist() for name in factors}
        part = parts_of(model, asked["fold"].unique().tolist(), **levels)
        total = np.array([part[fold, case_mix.AVERAGE, ""] for fold in asked["fold"]])
        for name in factors:
            total = total + [part[fold, name, level] for fold, level in zip(asked["fold"], asked[name], strict=True)]
        judged = asked.drop(columns="fold") if set(asked["fold"]) == {77} else asked
        expected = case_mix.with_expected(model, judged)["expected"]
        assert case_mix.mean(total, family) == pytest.approx(expected.to_numpy(), rel=1e-12)
    assert case_mix.mean(part[77, case_mix.AVERAGE, ""], family) == pytest.approx(model.baseline, rel=1e-12)


def test_a_part__is_against_the_average_case() -> None:
    """By hand: the log odds ratio is log 6, a third of the cases have it; they differ from the mean by two thirds."""
    rows = twice(patterns([("no", 1, 100, 20), ("yes", 1, 50, 30)], "frail"))
    part = parts_of(case_mix.fit(rows, factors=["frail"], family="logistic"), [1], frail=["no", "yes"])
    assert part[1, "frail", "no"] == pytest.approx(-math.log(6) / 3, rel=1e-9)
    assert part[1, "frail", "yes"] == pytest.approx(2 * math.log(6) / 3, rel=1e-9)


def test_sparse_levels__are_pooled_before_the_fit() -> None:
    common = [("common", fold, 100, 30) for fold in (1, 2)]
    rare = [(name, fold, 20, 4) for name in ("rare", "scarce") for fold in (1, 2)]
    no_event = [("never", fold, 60, 0) for fold in (1, 2)]
    always = [("always", fold, 60, 60) for fold in (1, 2)]
    missing = [(None, fold, 80, 20) for fold in (1, 2)]
    rows = patterns([*common, *rare, *no_event, *always, *missing], "group")
    model = case_mix.fit(rows, factors=["group"], family="logistic")
    counts_as = model.terms.set_index("level")["model_level"].to_dict()
    assert counts_as == {
        "": "", "common": "common", "not known": "not known", "rare": "other", "scarce": "other", "never": "other",
        "always": "other",
    }  # fmt: skip
    # other: 8 + 8 + 0 + 120 of 40 + 40 + 120 + 120
    odds = 136 / (320 - 136) / (60 / 140)
    assert term(model, "group", "never")["coefficient"] == pytest.approx(math.log(odds), rel=1e-9)
    assert "group: always, never, rare, scarce (320 cases) count as other." in model.notes
    # A level that nobody has seen counts as other too.
    unseen = case_mix.with_expected(model, pd.DataFrame({"group": ["new"]}))["expected"]
    assert unseen.to_list() == pytest.approx([136 / 320], rel=1e-9)


def test_a_small_other__counts_as_the_reference() -> None:
    rows = patterns(
        [(name, fold, *of) for name, of in {"a": (90, 9), "b": (80, 20), "c": (3, 1)}.items() for fold in (1, 2)],
        "group",
    )
    model = case_mix.fit(rows, factors=["group"], family="logistic")
    assert term(model, "group", "c")["model_level"] == "a" and not term(model, "group", "c")["reference"]
    assert term(model, "group", "c")["coefficient"] == 0.0
    assert "group: c (6 cases) count as a." in model.notes
    assert parts_of(model, [9], group=["new", "a"])[9, "group"].nunique() == 1


def test_a_level_of_one_fold__is_not_known_to_its_judge() -> None:
    rows = patterns(
        [("a", 1, 100, 10), ("b", 1, 100, 30), ("only here", 1, 100, 50), ("a", 2, 100, 20), ("b", 2, 100, 50)], "group"
    )
    model = case_mix.fit(rows, factors=["group"], family="logistic")
    expected = model.expected.set_index(["group", "fold"])["expected"]
    assert expected["only here", 1] == pytest.approx(expected["a", 1], rel=1e-12)
    assert "only here" not in set(model.fold_terms.loc[model.fold_terms["fold"] == 1, "level"])


def test_a_factor_of_one_level__drops_out() -> None:
    rows = twice(patterns([("a", "x", 1, 100, 20), ("b", "x", 1, 100, 40)], "group", "ward"))
    model = case_mix.fit(rows, factors=["ward", "group"], family="logistic")
    assert model.notes[0] == "ward drops out: it has one level."
    assert set(model.terms["factor"]) == {case_mix.INTERCEPT, "group"}
    assert parts_of(model, [1], ward=["x"], group=["a"])[1, "ward", "x"] == 0.0


def test_too_few_events__drop_the_last_factors() -> None:
    """38 events bear three terms (30), not five."""
    rows = twice(
        patterns([(a, b, 1, 60, 1 + (a == "2") + (b == "z")) for a in "0123" for b in "xyz"], "first", "second")
    )
    events = rows["outcome_sum"].sum()
    assert 30 <= events < 50
    model = case_mix.fit(rows, factors=["first", "second"], family="logistic", **NO_MINIMUM)
    assert f"second drops out: {events} events (or non-events) are too few for 5 terms with it." in model.notes
    # Each fold has half of the events, which bear no factor of three terms: the intercept alone.
    assert any(note.startswith("Without fold 1: first drops out") for note in model.notes)
    assert model.expected["expected"].to_numpy() == pytest.approx([events / (120 * 12)] * 24, rel=1e-9)


@pytest.mark.parametrize(("outcome", "expected"), [(0, 0.5 / 101), (100, 100.5 / 101)])
def test_without_any_difference__half_an_event_is_expected(outcome: int, expected: float) -> None:
    rows = twice(patterns([("a", 1, 60, outcome * 0.6), ("b", 1, 40, outcome * 0.4)], "group"))
    model = case_mix.fit(rows, factors=["group"], family="logistic", **NO_MINIMUM)
    assert model.expected["expected"].to_numpy() == pytest.approx([expected] * 4, rel=1e-9)
    assert any("All outcomes are the same" in note for note in model.notes)


def test_days_of_nobody__expect_half_a_day_in_all() -> None:
    rows = twice(patterns([("a", 1, 60, 0, 0), ("b", 1, 40, 0, 0)], "group"))
    model = case_mix.fit(rows, factors=["group"], family="log_mean", **NO_MINIMUM)
    assert model.expected["expected"].to_numpy() == pytest.approx([0.5 / 101] * 4, rel=1e-9)
    assert model.dispersion > 0


def test_a_factor_that_separates_with_another__drops_out() -> None:
    """Each level has both outcomes, but under `second` = y they follow from `first`: its coefficient has no end."""
    cells = [("a", "x", 200, 100), ("b", "x", 200, 0), ("a", "y", 200, 200), ("b", "y", 200, 100)]
    rows = twice(patterns([(a, b, 1, n, y) for a, b, n, y in cells], "first", "second"))
    model = case_mix.fit(rows, factors=["first", "second"], family="logistic")
    assert "second drops out: the model with it does not converge." in model.notes
    assert term(model, "first", "b")["coefficient"] == pytest.approx(math.log(1 / 3 / 3), rel=1e-9)


def test_a_level_that_follows_from_another_factor__counts_as_the_reference() -> None:
    """Both factors are unknown in the same rows: one coefficient says it."""
    known = [(a, b, 1, 100, 20 + 10 * (a == "q") + 5 * (b == "s")) for a in "pq" for b in "rs"]
    rows = twice(patterns([*known, (None, None, 1, 100, 60)], "first", "second"))
    model = case_mix.fit(rows, factors=["first", "second"], family="logistic")
    assert "second: not known follows from factors before it and counts as the reference." in model.notes
    assert term(model, "second", "not known")["coefficient"] == 0.0
    fitted = case_mix.with_expected(model, rows.drop(columns="fold"))
    assert fitted.loc[fitted["first"].isna(), "expected"].to_numpy() == pytest.approx([0.6, 0.6], rel=1e-9)


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        ({}, {"family": "linear"}, "'linear'"),
        ({}, {"factors": ["group", "ward"]}, "no column ward"),
        ({}, {"factors": ["group", "group"]}, "named twice"),
        ({}, {"family": "log_mean"}, "no column outcome_square_sum"),
        ({}, {"minimum_level_events": 0}, "under 1"),
        ({"fold": 1}, {}, "one fold"),
        ({"fold": np.nan}, {}, "no fold"),
        ({"case_count": 0, "outcome_sum": 0}, {}, "no cases"),
        ({"outcome_sum": 1e9}, {}, "more events than cases"),
        ({"outcome_sum": -1}, {}, "under 0"),
        ({"case_count": np.nan}, {}, "missing"),
    ],
)
def test_what_makes_no_model__is_said(change: dict, options: dict, said: str) -> None:
    rows = twice(patterns([("a", 1, 100, 20), ("b", 1, 100, 40)], "group")).assign(**change)
    with pytest.raises(case_mix.CaseMixError, match=said):
        case_mix.fit(rows, **{"factors": ["group"], "family": "logistic", **options})


def test_decimals_of_a_database__are_numbers() -> None:
    rows = random_patterns(5)
    sums = ["case_count", "outcome_sum", "outcome_square_sum"]
    decimals = rows.assign(**{name: rows[name].map(lambda figure: Decimal(str(figure))) for name in sums})
    assert_same(fitted(rows, "log_mean"), fitted(decimals, "log_mean"), rtol=1e-9, check_dtype=False)
    judged = [case_mix.with_expected(fitted(rows, "log_mean"), of) for of in (rows, decimals)]
    one, other = (calibration.calibrate(of, family="log_mean").slope for of in judged)
    assert one == pytest.approx(other, rel=1e-9)


def test_what_a_model_cannot_answer__is_said() -> None:
    model = case_mix.fit(
        twice(patterns([("a", 1, 100, 20), ("b", 1, 100, 40)], "group")), factors=["group"], family="logistic"
    )
    with pytest.raises(case_mix.CaseMixError, match="no fold 7"):
        case_mix.with_expected(model, pd.DataFrame({"group": ["a"], "fold": [7]}))
    with pytest.raises(case_mix.CaseMixError, match="no column group"):
        case_mix.with_expected(model, pd.DataFrame({"fold": [1]}))


def random_patterns(seed: int, rows: int = 90) -> pd.DataFrame:
    """Patterns of three factors in three folds and 14 months, with outcomes in tenths of a day."""
    chance = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": chance.choice(["18-49", "50-69", "70+"], rows, p=[0.5, 0.3, 0.2]),
            "sex": chance.choice(["F", "M", None], rows, p=[0.5, 0.4, 0.1]),
            "group": chance.choice(list("abcdef"), rows, p=[0.4, 0.2, 0.2, 0.1, 0.05, 0.05]),
            "fold": chance.integers(1, 4, rows),
            "month_on": pd.Timestamp("2024-01-01") + pd.to_timedelta(31 * chance.integers(0, 14, rows), unit="D"),
            "case_count": chance.integers(1, 30, rows),
        }
    )
    frame["outcome_sum"] = chance.binomial(frame["case_count"], 0.15 + 0.2 * (frame["age"] == "70+"))
    frame["outcome_square_sum"] = frame["outcome_sum"] * 1.1
    return frame


SEEDS = st.integers(0, 10_000)
FAMILIES = st.sampled_from(["logistic", "log_mean"])
FEW = settings(max_examples=5, deadline=None)


def fitted(rows: pd.DataFrame, family: str) -> case_mix.CaseMixModel:
    minimum = {"minimum_level_cases": 20, "minimum_level_events": 3}
    return case_mix.fit(rows, factors=["age", "sex", "group"], family=family, **minimum)


def assert_same(one: case_mix.CaseMixModel, other: case_mix.CaseMixModel, **tolerance: object) -> None:
    for name in ("terms", "fold_terms", "expected"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), **tolerance)
    assert one.notes == other.notes


@FEW
@given(SEEDS, FAMILIES)
def test_expected_of_all__is_observed_of_all(seed: int, family: str) -> None:
    """The score equations: in sum, and in sum of each level that has a coefficient."""
    rows = random_patterns(seed)
    model = fitted(rows, family)
    own = case_mix.with_expected(model, rows.drop(columns="fold"))
    own["expected"] *= own["case_count"]
    assert own["expected"].sum() == pytest.approx(rows["outcome_sum"].sum(), rel=1e-9)
    if "age" in set(model.terms["factor"]) and set(model.terms["level"]) >= {"18-49", "50-69", "70+"}:
        levels = own.groupby("age")[["expected", "outcome_sum"]].sum()
        assert levels["expected"].to_numpy() == pytest.approx(levels["outcome_sum"].to_numpy(), rel=1e-9)
    if family == "logistic":
        assert model.expected["expected"].between(0, 1, inclusive="neither").all()


@FEW
@given(SEEDS, FAMILIES)
def test_order_of_rows__changes_no_byte(seed: int, family: str) -> None:
    rows = random_patterns(seed)
    # sums of tenths depend on their order, to the last bit
    rows["outcome_square_sum"] = rows["outcome_square_sum"] + 0.1
    if family == "log_mean":
        rows["outcome_sum"] = rows["outcome_sum"] + 0.1
    mixed = rows.sample(frac=1, random_state=seed)
    assert_same(fitted(rows, family), fitted(mixed, family), check_exact=True)


@FEW
@given(SEEDS, FAMILIES)
def test_grouping__changes_nothing(seed: int, family: str) -> None:
    rows = random_patterns(seed)
    merged = rows.groupby(["age", "sex", "group", "fold"], dropna=False, as_index=False)[
        ["case_count", "outcome_sum", "outcome_square_sum"]
    ].sum()
    merged["month_on"] = rows["month_on"].min()
    assert_same(fitted(rows, family), fitted(merged, family), rtol=1e-9)


@FEW
@given(SEEDS, FAMILIES, st.sampled_from(["none", "all", "turned over"]))
def test_nobody__is_judged_by_what_they_taught(seed: int, family: str, change: str) -> None:
    """Whatever the outcomes of a fold are, what is expected of it is the same to the last bit, pools and all."""
    rows = random_patterns(seed)
    mine = rows["fold"] == 2
    other = {"none": 0, "all": rows["case_count"], "turned over": rows["case_count"] - rows["outcome_sum"]}[change]
    changed = rows.assign(outcome_sum=rows["outcome_sum"].where(~mine, other))
    changed["outcome_square_sum"] = changed["outcome_sum"] * 1.1
    before, after = (fitted(of, family).expected for of in (rows, changed))
    assert not changed["outcome_sum"].equals(rows["outcome_sum"])
    of_mine = before["fold"] == 2
    assert before.loc[of_mine, "expected"].to_list() == after.loc[of_mine, "expected"].to_list()
    assert before.loc[~of_mine, "expected"].to_list() != after.loc[~of_mine, "expected"].to_list()


def simulated_clinicians(odds_of_the_last: float) -> pd.DataFrame:
    """20 clinicians, every second with frail patients; but for the last, odds are those that patients explain."""
    chance = np.random.default_rng(20250101)
    rows = []
    for clinician in range(20):
        frail = 0.7 if clinician % 2 else 0.1
        for is_frail, of in ((True, frail), (False, 1 - frail)):
            for old in (True, False):
                odds = math.exp(-3 + 1.2 * is_frail + 0.6 * old) * (odds_of_the_last if clinician == 19 else 1)
                cases = round(500 * of)
                events = chance.binomial(cases, odds / (1 + odds))
                rows.append((f"frail {is_frail}", f"old {old}", clinician % 5, cases, events, clinician))
    names = ["frailty", "age", "fold", "case_count", "outcome_sum", "clinician"]
    return pd.DataFrame(rows, columns=names).assign(month_on=pd.Timestamp("2025-01-01"))


def by_clinician(rows: pd.DataFrame) -> pd.DataFrame:
    judged = case_mix.with_expected(case_mix.fit(rows, factors=["frailty", "age"], family="logistic"), rows)
    judged["expected_sum"] = judged["expected"] * judged["case_count"]
    judged["variance"] = judged["expected_sum"] * (1 - judged["expected"])
    of = judged.groupby("clinician")[["case_count", "outcome_sum", "expected_sum", "variance"]].sum()
    return of.assign(z=(of["outcome_sum"] - of["expected_sum"]) / np.sqrt(of["variance"]))


def test_clinicians_of_equal_skill__differ_by_patients_alone() -> None:
    of = by_clinician(simulated_clinicians(1.0))
    crude = of["outcome_sum"] / of["case_count"]
    assert crude[1::2].min() > 1.3 * crude[0::2].max()
    halves = [of.iloc[start::2].sum() for start in (0, 1)]
    assert [half["outcome_sum"] / half["expected_sum"] for half in halves] == pytest.approx([1, 1], abs=0.05)
    assert of["z"].abs().max() < 3.09


def test_a_clinician_who_does_worse__is_found() -> None:
    of = by_clinician(simulated_clinicians(2.0))
    assert of["z"][19] > 5 and of["z"][:19].abs().max() < 3.09
    assert of["outcome_sum"][19] / of["expected_sum"][19] > 1.5


def test_card__is_json_and_says_all() -> None:
    rows = random_patterns(3, rows=300)
    model = fitted(rows, "logistic")
    judged = case_mix.with_expected(model, rows)
    card = model_card.card(
        model,
        calibration.calibrate(judged, family="logistic"),
        calibration.drift(judged, family="logistic"),
        outcome="Death within 30 days",
        cohort="Emergency admissions",
        software={"statsmodels": "0.15.0", "numpy": "2.4"},
    )
    text = json.dumps(card, allow_nan=False)
    assert json.loads(text) == card
    assert card["cohort"] == {
        "description": "Emergency admissions",
        "case_count": rows["case_count"].sum(),
        "outcome_sum": rows["outcome_sum"].sum(),
        "first_month": f"{rows['month_on'].min():%Y-%m}",
        "last_month": f"{rows['month_on'].max():%Y-%m}",
    }
    assert [factor["factor"] for factor in card["factors"]] == ["age", "sex", "group"]
    ages = card["factors"][0]["levels"]
    assert sum(level["case_count"] for level in ages) == rows["case_count"].sum()
    assert [level["level"] for level in ages if level["reference"]] == ["18-49"]
    assert sum(fold["case_count"] for fold in card["folds"]) == rows["case_count"].sum()
    assert card["calibration"]["slope"] and card["calibration"]["r_squared"] is not None
    assert len(card["calibration"]["tenths"]) <= 10 and card["drift"]["reason"].endswith(".")
    assert list(card["software"]) == ["numpy", "statsmodels"] and card["not_for"][0].startswith("To rank")
    mixed = fitted(rows.sample(frac=1, random_state=1), "logistic")
    again = case_mix.with_expected(mixed, rows.sample(frac=1, random_state=2))
    assert text == json.dumps(
        model_card.card(
            mixed,
            calibration.calibrate(again, family="logistic"),
            calibration.drift(again, family="logistic"),
            outcome="Death within 30 days",
            cohort="Emergency admissions",
            software={"numpy": "2.4", "statsmodels": "0.15.0"},
        )
    )


def test_card__tells_pools_by_the_level_that_they_count_as() -> None:
    rows = twice(patterns([("a", 1, 100, 30), ("b", 1, 100, 20), ("c", 1, 30, 9), ("d", 1, 20, 5)], "group"))
    model = case_mix.fit(rows, factors=["group"], family="logistic", minimum_level_cases=80)
    judged = case_mix.with_expected(model, rows)
    told = calibration.calibrate(judged, family="logistic"), calibration.drift(judged, family="logistic")
    card = model_card.card(model, *told, outcome="", cohort="", software={})
    other = card["factors"][0]["levels"][-1]
    assert (other["level"], other["pooled"]) == ("other", ["c", "d"])
    assert (other["case_count"], other["outcome_sum"]) == (100, 28)
    assert [level["pooled"] for level in card["factors"][0]["levels"][:2]] == [[], []]
