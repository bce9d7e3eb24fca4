"""How one case-mix model is learned: which levels are pooled, which factors stay, what each term is."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.special import expit, xlogy

from orchestration.statistics.glm import CASE_SUMS, Family, GroupedFit, fit_grouped

OTHER = "other"
INTERCEPT = "(intercept)"
# Fewer events for each term make coefficients unsteady (Peduzzi et al., J Clin Epidemiol 1996;49:1373-9).
EVENTS_PER_TERM = 10
# A column of which less than this part is its own follows from those before it.
_OWN_PART = 1e-9


@dataclass(frozen=True)
class Learned:
    """A model: its terms (see `case_mix.CaseMixModel`), its dispersion and notes on what is not as asked."""

    terms: pd.DataFrame
    dispersion: float
    notes: list[str]


@dataclass(frozen=True)
class _Fitted:
    """Coefficient and standard error by factor and place of the model level; the intercept is at `(INTERCEPT, 0)`."""

    coefficients: dict[tuple[str, int], tuple[float, float]]
    dispersion: float
    notes: list[str]


def learn(
    rows: pd.DataFrame, levels: dict[str, pd.Index], family: Family, minimum: tuple[int, int], *, shrink: bool
) -> Learned:
    """Return the model of `rows` alone, by the rules that `case_mix.fit` states.

    `rows` has a row per pattern and fold: for each factor the place of its level in `levels`, `case_count`,
    `outcome_sum`, and `outcome_square_sum` for `log_mean`. `levels` are all levels, most cases first, with `other`
    among them. `minimum` is of cases and of events.
    """
    sums = [name for name in CASE_SUMS if name in rows.columns]
    counts_as = {factor: _pool(rows, factor, of, family, minimum) for factor, of in levels.items()}
    size = {factor: len(np.unique(counts_as[factor])) - 1 for factor in levels}
    used = [factor for factor in levels if size[factor]]
    notes = [f"{factor} drops out: it has one level." for factor in levels if not size[factor]]
    merged = rows.assign(**{factor: counts_as[factor][rows[factor]] for factor in used})
    total = rows[sums].sum()
    events = _events(total["case_count"], total["outcome_sum"], family)
    fitted = None
    while used and fitted is None:
        if events < EVENTS_PER_TERM * (count := sum(size[factor] for factor in used)):
            kind = "events (or non-events)" if family == "logistic" else "cases"
            notes.append(f"{used.pop()} drops out: {events:g} {kind} are too few for {count} terms with it.")
            continue
        fitted = _fit(merged.groupby(used, as_index=False)[sums].sum(), used, levels, family, shrink=shrink)
        if fitted is None:
            notes.append(f"{used.pop()} drops out: the model with it does not converge.")
    if fitted is None:
        alone = total.astype(float)
        if events == 0 or total["outcome_sum"] == 0:
            notes.append("All outcomes are the same: the intercept is that of half an event in one case more.")
            alone += [1, 0.5, 0.25][: len(sums)]
        fitted = _fit(alone.to_frame().T, [], levels, family, shrink=False)
    terms = [_terms(rows, factor, levels[factor], counts_as[factor], fitted) for factor in used]
    return Learned(
        pd.concat([_intercept(total, fitted), *terms], ignore_index=True), fitted.dispersion, notes + fitted.notes
    )


def _events(case_count: pd.Series, outcome_sum: pd.Series, family: Family) -> pd.Series:
    """Return what tells a level apart: events or non-events, the fewer; of a quantity, cases unless all are 0."""
    if family == "logistic":
        return np.minimum(outcome_sum, case_count - outcome_sum)
    return case_count * (outcome_sum > 0)


def _pool(rows: pd.DataFrame, factor: str, levels: pd.Index, family: Family, minimum: tuple[int, int]) -> np.ndarray:
    """Return for each level the place of that which it counts as."""
    count, outcome = (
        np.bincount(rows[factor], weights=rows[name], minlength=len(levels)) for name in ("case_count", "outcome_sum")
    )
    places = np.arange(len(levels))
    kept = (count >= minimum[0]) & (_events(count, outcome, family) >= minimum[1])
    counts_as = np.where(kept, places, levels.get_loc(OTHER))
    pool = counts_as == levels.get_loc(OTHER)
    enough = count[pool].sum() >= minimum[0] and _events(count[pool].sum(), outcome[pool].sum(), family) >= minimum[1]
    return counts_as if enough or pool.all() else np.where(pool, places[kept][0], counts_as)


def _fit(
    merged: pd.DataFrame, used: list[str], levels: dict[str, pd.Index], family: Family, *, shrink: bool
) -> _Fitted | None:
    """Return the fit of one row per pattern of model levels, or nothing where there is no finite one."""
    # Places are in the order of cases, so the first is the reference.
    columns = [(INTERCEPT, 0)] + [(factor, int(at)) for factor in used for at in np.unique(merged[factor])[1:]]
    place = {column: number for number, column in enumerate(columns)}
    rows = [np.arange(len(merged))]
    places = [np.zeros(len(merged), dtype=np.intp)]
    for factor in used:
        of = np.array([place.get((factor, at), -1) for at in range(len(levels[factor]))])[merged[factor]]
        rows.append(np.flatnonzero(of >= 0))
        places.append(of[of >= 0])
    ones = np.ones(sum(map(len, rows)))
    design = sparse.csr_array((ones, (np.concatenate(rows), np.concatenate(places))), shape=(len(merged), len(columns)))
    own = _own(design)
    fit = fit_grouped(family, merged, design[:, own])
    if not fit.converged:
        return None
    found = np.zeros(len(columns)), np.full(len(columns), np.nan)
    found[0][own], found[1][own] = fit.coefficients, fit.standard_errors
    notes = [
        f"{factor}: {levels[factor][at]} follows from factors before it and counts as the reference."
        for (factor, at), is_own in zip(columns, own, strict=True)
        if not is_own
    ]
    if shrink and (factor := _shrinkage(family, merged, design, found[0], fit)) < 1:
        found = found[0] * factor, found[1] * factor
        alone = fit_grouped(family, merged, design[:, :1], design[:, 1:] @ found[0][1:])
        found[0][0] = alone.coefficients[0]
        notes.append(f"Differences are drawn in to {factor:.2f} of those that were fitted.")
    return _Fitted(dict(zip(columns, zip(*found, strict=True), strict=True)), fit.dispersion, notes)


def _shrinkage(
    family: Family, merged: pd.DataFrame, design: sparse.csr_array, coefficients: np.ndarray, fit: GroupedFit
) -> float:
    """Return the part of fitted differences that is expected to hold in other cases, 0 to 1.

    (chi2 - terms) / chi2, with the likelihood-ratio statistic of the model against its intercept alone (van
    Houwelingen & Le Cessie, Stat Med 1990;9:1303-25), by the dispersion for `log_mean`. It asks no case but those that
    the model learned from.
    """
    count, outcome = merged["case_count"].to_numpy(dtype=float), merged["outcome_sum"].to_numpy(dtype=float)
    linear, overall = design @ coefficients, outcome.sum() / count.sum()
    if family == "logistic":
        mean = expit(linear)
        gain = xlogy(outcome, mean / overall) + xlogy(count - outcome, (1 - mean) / (1 - overall))
    else:
        mean = np.exp(linear)
        gain = xlogy(outcome, mean / overall) - count * (mean - overall)
    statistic = 2 * gain.sum() / fit.dispersion
    terms = len(fit.coefficients) - 1
    return float(max(statistic - terms, 0) / statistic) if terms and statistic > 0 else 1.0


def _own(design: sparse.csr_array) -> np.ndarray:
    """Return which columns do not follow from those before them, by sweeping them out of the cross-products in turn."""
    products = (design.T @ design).toarray()
    before = np.diag(products).copy()
    own = np.zeros(len(products), dtype=bool)
    for at in range(len(products)):
        own[at] = products[at, at] > _OWN_PART * before[at]
        if own[at]:
            products -= np.outer(products[:, at], products[at]) / products[at, at]
    return own


def _intercept(total: pd.Series, fitted: _Fitted) -> pd.DataFrame:
    coefficient, error = fitted.coefficients[INTERCEPT, 0]
    return pd.DataFrame(
        {
            "factor": [INTERCEPT],
            "level": [""],
            "model_level": [""],
            "coefficient": [coefficient],
            "standard_error": [error],
            "case_count": [total["case_count"]],
            "outcome_sum": [total["outcome_sum"]],
            "reference": [False],
        }
    )


def _terms(rows: pd.DataFrame, factor: str, levels: pd.Index, counts_as: np.ndarray, fitted: _Fitted) -> pd.DataFrame:
    """Return the terms of the levels that the model has seen."""
    sums = rows.groupby(factor)[["case_count", "outcome_sum"]].sum()
    seen = sums.index.to_numpy()
    pairs = [fitted.coefficients.get((factor, at), (0.0, np.nan)) for at in counts_as[seen]]
    return pd.DataFrame(
        {
            "factor": factor,
            "level": levels[seen],
            "model_level": levels[counts_as[seen]],
            "coefficient": [coefficient for coefficient, _ in pairs],
            "standard_error": [error for _, error in pairs],
            "case_count": sums["case_count"].to_numpy(),
            "outcome_sum": sums["outcome_sum"].to_numpy(),
            "reference": seen == counts_as.min(),
        }
    )
