"""Grouped fits equal those of statsmodels, on designs of any shape; what cannot be fitted says so."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from statsmodels.genmod.families import Binomial, Poisson
from statsmodels.genmod.generalized_linear_model import GLM

from orchestration.statistics import case_mix
from orchestration.statistics.glm import fit_grouped


def drawn(seed: int, rows: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Cases, a design of an intercept, two factors and a number, and an offset."""
    rng = np.random.default_rng(seed)
    one, two = rng.integers(0, 3, rows), rng.integers(0, 2, rows)
    design = np.column_stack([np.ones(rows), one == 1, one == 2, two == 1, rng.normal(size=rows)]).astype(float)
    count = rng.integers(5, 60, rows)
    offset = rng.normal(0, 0.3, rows)
    chance = 1 / (1 + np.exp(-(design @ [-1.0, 0.4, -0.3, 0.5, 0.2] + offset)))
    outcome = rng.binomial(count, chance)
    cases = pd.DataFrame({"case_count": count, "outcome_sum": outcome, "outcome_square_sum": outcome * 1.7})
    return cases, design, offset


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(40, 200), st.booleans())
def test_fit__is_that_of_statsmodels(seed: int, rows: int, is_sparse: bool) -> None:
    cases, design, offset = drawn(seed, rows)
    count, outcome = cases["case_count"].to_numpy(), cases["outcome_sum"].to_numpy()
    given_design = sparse.csr_array(design) if is_sparse else design
    options = {"maxiter": 50, "tol_criterion": "params", "tol": 1e-12}
    theirs = GLM(np.column_stack([outcome, count - outcome]), design, family=Binomial(), offset=offset).fit(**options)
    ours = fit_grouped("logistic", cases, given_design, offset)
    assert ours.converged
    assert ours.coefficients == pytest.approx(theirs.params, abs=1e-9)
    assert ours.standard_errors == pytest.approx(theirs.bse, rel=1e-8)
    theirs = GLM(outcome, design, family=Poisson(), offset=offset + np.log(count)).fit(**options)
    ours = fit_grouped("log_mean", cases, given_design, offset)
    assert ours.coefficients == pytest.approx(theirs.params, abs=1e-9)
    assert ours.standard_errors == pytest.approx(theirs.bse * np.sqrt(ours.dispersion), rel=1e-8)


def test_fit__of_separated_outcomes_or_a_repeated_column_does_not_converge() -> None:
    cases = pd.DataFrame({"case_count": [20, 30], "outcome_sum": [0, 10], "outcome_square_sum": [0, 10]})
    assert not fit_grouped("logistic", cases, np.array([[1.0, 0.0], [1.0, 1.0]])).converged
    assert not fit_grouped("logistic", cases, np.array([[1.0, 1.0], [1.0, 1.0]])).converged


def table(events: int) -> pd.DataFrame:
    """Two folds alike of 100 plain and 100 frail cases; of the plain 10 have the event, of the frail `events`."""
    rows = [(level, fold, 100, sum_) for fold in (1, 2) for level, sum_ in (("no", 10), ("yes", events))]
    frame = pd.DataFrame(rows, columns=["frail", "fold", "case_count", "outcome_sum"])
    return frame.assign(month_on=pd.Timestamp("2025-01-01"))


def test_shrinkage__is_as_worked_by_hand_and_keeps_the_sum_of_events() -> None:
    """2 (sum of y log(p / p0) + ...) of 20 and 40 events in 200 each is 7.9731; one term, so 6.9731 / 7.9731 stays."""
    cells = [(20, 200), (40, 200)]
    statistic = 2 * sum(y * np.log((y / n) / 0.15) + (n - y) * np.log((1 - y / n) / 0.85) for y, n in cells)
    assert statistic == pytest.approx(7.9731, abs=5e-5)
    model = case_mix.fit(table(20), factors=["frail"], family="logistic", shrink=True)
    odds_ratio = np.log((40 / 160) / (20 / 180))
    found = model.terms.set_index("level")["coefficient"]
    assert found["yes"] - found["no"] == pytest.approx(odds_ratio * (statistic - 1) / statistic, abs=1e-9)
    fitted = case_mix.with_expected(model, table(20).drop(columns="fold"))
    assert (fitted["expected"] * fitted["case_count"]).sum() == pytest.approx(60, abs=1e-7)
    assert any("drawn in" in note for note in model.notes)


def test_shrinkage__leaves_nothing_of_differences_that_are_chance() -> None:
    model = case_mix.fit(table(11), factors=["frail"], family="logistic", shrink=True)
    assert model.expected["expected"].to_numpy() == pytest.approx([21 / 200] * 4, abs=1e-9)
