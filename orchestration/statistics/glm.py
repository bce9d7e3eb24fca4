"""Generalised linear models on grouped counts, fitted by Newton's steps on a sparse design."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.special import expit, logit

Family = Literal["logistic", "log_mean"]
CASE_SUMS = ("case_count", "outcome_sum", "outcome_square_sum")
# Steps until coefficients must stand still, how still that is, and how far out nothing is a finite answer.
_STEPS, _STILL, _FURTHEST = 30, 1e-10, 1e3


@dataclass(frozen=True)
class GroupedFit:
    """A fit: a coefficient and a standard error per column of the design, and the scale of the variance."""

    coefficients: np.ndarray
    standard_errors: np.ndarray
    dispersion: float
    converged: bool


def fit_grouped(
    family: Family, cases: pd.DataFrame, design: sparse.csr_array | np.ndarray, offset: np.ndarray | float = 0.0
) -> GroupedFit:
    """Return the maximum (quasi-)likelihood fit of grouped cases on the columns of `design`, one row each.

    `cases` has `case_count`, `outcome_sum`, and `outcome_square_sum` for `log_mean`, summed over the cases of a row.
    `offset` is on the scale of the link. `logistic`: outcomes of 0 or 1 and the logit of their chance; dispersion 1.
    `log_mean`: outcomes of 0 and more and the log of their mean, fitted as Poisson; the mean alone must be right for
    coefficients to be (Gourieroux, Monfort & Trognon, Econometrica 1984;52:681-700). Its dispersion is Pearson's
    statistic over single cases by cases less columns, so it does not depend on how cases are grouped. Where outcomes
    separate, or a column follows from others, nothing converges.

    Steps are Fisher's scoring (McCullagh & Nelder 1989, section 2.5), as in statsmodels' GLM, which the tests hold this
    to. That takes a dense design: of 400,000 patterns and 60 columns it makes 200 MB, and a fit takes 20 times as long.
    """
    design = sparse.csr_array(design)
    count, outcome = cases["case_count"].to_numpy(dtype=float), cases["outcome_sum"].to_numpy(dtype=float)
    given = np.broadcast_to(offset, count.shape)
    nothing = np.full(design.shape[1], np.nan)
    # The first step starts from means close to what was observed in each row.
    linear = logit((outcome + 0.5) / (count + 1)) if family == "logistic" else np.log((outcome + 0.1) / count)
    coefficients, converged = np.zeros(design.shape[1]), False
    for step in range(_STEPS):
        mean = expit(linear) if family == "logistic" else np.exp(linear)
        weight = count * mean * (1 - mean) if family == "logistic" else count * mean
        score = design.T @ (outcome - count * mean + (weight * (linear - given) if step == 0 else 0.0))
        information = (design.T @ design.multiply(weight[:, None]).tocsr()).toarray()
        try:
            change = np.linalg.solve(information, score)
        except np.linalg.LinAlgError:
            break
        coefficients = coefficients + change
        if not np.isfinite(coefficients).all() or np.abs(coefficients).max() > _FURTHEST:
            break
        linear = design @ coefficients + given
        # Coefficients, not the deviance, must stand still: sums of expected then equal sums of observed to 1e-9, and
        # the coefficient of outcomes that separate, which grows by about 1 each time, never does.
        if converged := bool(step and np.abs(change).max() < _STILL):
            break
    if not converged:
        return GroupedFit(nothing, nothing, np.nan, converged=False)
    variances = np.diag(np.linalg.inv(information))
    dispersion = 1.0
    if family == "log_mean":
        freedom = count.sum() - design.shape[1]
        dispersion = pearson(cases, np.exp(linear)) / freedom if freedom > 0 else np.nan
    return GroupedFit(coefficients, np.sqrt(variances * dispersion), dispersion, converged=True)


def pearson(cases: pd.DataFrame, mean: np.ndarray) -> float:
    """Return the sum over single cases of (outcome - mean) squared by mean; `mean` is that of a case of each row."""
    return float((squared_error(cases, mean) / mean).sum())


def squared_error(cases: pd.DataFrame, mean: np.ndarray) -> np.ndarray:
    """Return for each row the sum over its cases of (outcome - mean) squared."""
    count, outcome, squares = (cases[name].to_numpy(dtype=float) for name in CASE_SUMS)
    return squares - 2 * mean * outcome + count * mean**2
