"""Generalised linear models on grouped counts: the one place that knows statsmodels."""

import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

Family = Literal["logistic", "log_mean"]
CASE_SUMS = ("case_count", "outcome_sum", "outcome_square_sum")


@dataclass(frozen=True)
class GroupedFit:
    """A fit: a coefficient and a standard error per column of the design, and the scale of the variance."""

    coefficients: np.ndarray
    standard_errors: np.ndarray
    dispersion: float
    converged: bool


def fit_grouped(
    family: Family, cases: pd.DataFrame, design: np.ndarray, offset: np.ndarray | float = 0.0
) -> GroupedFit:
    """Return the maximum (quasi-)likelihood fit of grouped cases on the columns of `design`, one row each.

    `cases` has `case_count`, `outcome_sum`, and `outcome_square_sum` for `log_mean`, summed over the cases of a row.
    `offset` is on the scale of the link. `logistic`: outcomes of 0 or 1 and the logit of their chance; dispersion 1.
    `log_mean`: outcomes of 0 and more and the log of their mean, fitted as Poisson; the mean alone must be right for
    coefficients to be (Gourieroux, Monfort & Trognon, Econometrica 1984;52:681-700). Its dispersion is Pearson's
    statistic over single cases by cases less columns, so it does not depend on how cases are grouped. Where outcomes
    separate, or a column follows from others, nothing converges.
    """
    # Loading it takes more than a second, which only a fit is worth.
    from statsmodels.genmod.families import Binomial, Poisson  # noqa: PLC0415
    from statsmodels.genmod.generalized_linear_model import GLM  # noqa: PLC0415

    count, outcome = cases["case_count"].to_numpy(dtype=float), cases["outcome_sum"].to_numpy(dtype=float)
    offset = np.broadcast_to(offset, count.shape)
    if family == "logistic":
        observed, distribution = np.column_stack([outcome, count - outcome]), Binomial()
    else:
        observed, distribution, offset = outcome, Poisson(), offset + np.log(count)
    try:
        with warnings.catch_warnings():
            # What it warns of, it also tells by not converging.
            warnings.simplefilter("ignore")
            model = GLM(observed, design, family=distribution, offset=offset)
            # Parameters, not the deviance, must stand still: sums of expected then equal sums of observed to 1e-9, and
            # the coefficient of outcomes that separate, which grows by about 1 each time, never does.
            fit = model.fit(maxiter=30, tol_criterion="params", tol=1e-10)
            variances = np.diag(fit.normalized_cov_params)
    except (ValueError, np.linalg.LinAlgError):
        nothing = np.full(design.shape[1], np.nan)
        return GroupedFit(nothing, nothing, np.nan, converged=False)
    dispersion = 1.0
    if family == "log_mean":
        freedom = count.sum() - design.shape[1]
        dispersion = pearson(cases, fit.fittedvalues / count) / freedom if freedom > 0 else np.nan
    converged = bool(fit.converged and np.isfinite(fit.params).all())
    return GroupedFit(fit.params, np.sqrt(variances * dispersion), dispersion, converged)


def pearson(cases: pd.DataFrame, mean: np.ndarray) -> float:
    """Return the sum over single cases of (outcome - mean) squared by mean; `mean` is that of a case of each row."""
    return float((squared_error(cases, mean) / mean).sum())


def squared_error(cases: pd.DataFrame, mean: np.ndarray) -> np.ndarray:
    """Return for each row the sum over its cases of (outcome - mean) squared."""
    count, outcome, squares = (cases[name].to_numpy(dtype=float) for name in CASE_SUMS)
    return squares - 2 * mean * outcome + count * mean**2
