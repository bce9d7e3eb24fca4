"""Case-mix models: what was to be expected of a clinician's patients, as learned from the patients of others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from orchestration.errors import WarehouseError
from orchestration.statistics.case_mix_learning import INTERCEPT, OTHER, learn
from orchestration.statistics.glm import Family

NOT_KNOWN = "not known"
# In `parts`, what is expected of the average case.
AVERAGE = INTERCEPT


class CaseMixError(WarehouseError):
    """Patterns from which no model can be learned, or a question that a model cannot answer."""


@dataclass(frozen=True)
class CaseMixModel:
    """A model on all folds and one for each left-out fold.

    `terms` has a row for the intercept and one per factor in use and level as observed: `factor`, `level`,
    `model_level` (the level that it counts as: itself, `other` or the reference), `coefficient` (log odds or log mean),
    `standard_error` (missing for the reference), `case_count`, `outcome_sum`, `reference`. `fold_terms` is the same
    with the left-out `fold` first; its counts are of the other folds. `expected` has a row per pattern and fold: the
    factors, `fold`, `case_count`, `outcome_sum` (`outcome_square_sum` for `log_mean`) and `expected`, the mean that the
    model without that fold expects of one case. `baseline` is what the model on all folds expects of the average case,
    whose every factor adds its mean over cases. `dispersion` is 1 for `logistic`. `notes` are sentences that say where
    a model is not as asked.
    """

    family: Family
    factors: tuple[str, ...]
    terms: pd.DataFrame
    fold_terms: pd.DataFrame
    expected: pd.DataFrame
    dispersion: float
    baseline: float
    first_month: pd.Timestamp
    last_month: pd.Timestamp
    notes: tuple[str, ...]


def fit(
    patterns: pd.DataFrame,
    *,
    factors: Sequence[str],
    family: Family,
    minimum_level_cases: int = 50,
    minimum_level_events: int = 5,
    shrink: bool = False,
) -> CaseMixModel:
    """Return the model of `patterns` on all folds, and what the model without each fold expects of that fold.

    `patterns` has a row per pattern, fold and month: the `factors` (text; missing is the level `not known`), `fold`
    (int; a clinician's cases are all in one), `month_on`, `case_count`, `outcome_sum`, and for `log_mean`
    `outcome_square_sum`. The same cases give the same bytes in whatever order rows come. `logistic` is for events,
    `log_mean` for a quantity such as days of stay (see `glm.fit_grouped`).

    Each model decides alone, by the cases that it learns from: what a clinician's own cases decided would be learned
    from them. A level with fewer than `minimum_level_cases` cases, or fewer than `minimum_level_events` of either
    events or non-events (for `log_mean`, a sum of 0), is pooled into `other` before the fit. Where even `other` has too
    few, its levels count as the reference, which is the level with most cases over all folds; so does a level that a
    model has not seen and that has no `other`. A term that follows from those before it has no coefficient of its own.

    Factors come in the order of their weight. While there are fewer than `EVENTS_PER_TERM` events or non-events
    (for `log_mean`, cases) per term, or the fit does not converge, the last factor drops out, down to the intercept
    alone. An intercept on no event, or on nothing but events, is that of half an event in one more case. `notes` tell.

    `shrink` draws fitted differences in to what is expected to hold in other cases (van Houwelingen & Le Cessie 1990),
    as few events spread them too far; the intercept is fitted anew, so that as much is expected as was observed.

    Standard errors take cases as independent; those of a clinician are somewhat alike, so they are a little small.

    Raises `CaseMixError` for a column that is missing, counts that cannot be, no cases, fewer than two folds, or a
    minimum under 1.
    """
    if min(minimum_level_cases, minimum_level_events) < 1:
        raise CaseMixError("A minimum of cases or events is under 1; a level without them has no coefficient.")
    factors = tuple(factors)
    sums = _checked(patterns, factors, family)
    # A database gives sums of whole numbers as decimals.
    patterns = patterns.assign(**{name: pd.to_numeric(patterns[name]) for name in sums})
    names = pd.DataFrame({factor: _level_names(patterns[factor]) for factor in factors}, index=patterns.index)
    levels = {factor: _levels(names[factor], patterns["case_count"]) for factor in factors}
    codes = {factor: levels[factor].get_indexer(names[factor]) for factor in factors}
    rows = pd.DataFrame({**codes, **{column: patterns[column].to_numpy() for column in ["fold", *sums]}})
    # A sum of numbers that are not whole depends on their order, so rows come in one order.
    rows = rows.sort_values([*factors, "fold", *sums], ignore_index=True)
    rows = rows[rows["case_count"] > 0].groupby([*factors, "fold"], as_index=False)[sums].sum()
    folds = sorted(rows["fold"].unique().tolist())
    if len(folds) < 2:
        raise CaseMixError("All cases are in one fold; it takes two at least, or clinicians are judged by themselves.")
    minimum = (minimum_level_cases, minimum_level_events)
    whole = learn(rows, levels, family, minimum, shrink=shrink)
    others = {fold: learn(rows[rows["fold"] != fold], levels, family, minimum, shrink=shrink) for fold in folds}
    fold_terms = pd.concat([other.terms.assign(fold=fold) for fold, other in others.items()], ignore_index=True)
    fold_terms = fold_terms[["fold", *whole.terms.columns]]
    expected = rows.assign(**{factor: levels[factor].take(rows[factor]) for factor in factors})
    expected["expected"] = mean(_linear(fold_terms, factors, expected).sum(axis=1), family)
    notes = _notes_on_pools(whole.terms) + whole.notes
    notes += [f"Without fold {fold}: {note}" for fold, other in others.items() for note in other.notes]
    average = _linear(whole.terms.assign(fold=0), factors, expected.iloc[:1].assign(fold=0))[0, 0]
    return CaseMixModel(
        family=family,
        factors=factors,
        terms=whole.terms,
        fold_terms=fold_terms,
        expected=expected,
        dispersion=whole.dispersion,
        baseline=float(mean(average, family)),
        first_month=pd.Timestamp(patterns["month_on"].min()),
        last_month=pd.Timestamp(patterns["month_on"].max()),
        notes=tuple(notes),
    )


def with_expected(model: CaseMixModel, patterns: pd.DataFrame) -> pd.DataFrame:
    """Return `patterns` with `expected`, the mean of one case: without its fold where there is a column `fold`.

    `patterns` has the factors and may have any other column and any grain. Without `fold` the model on all folds
    speaks, of the very cases that it learned from too. Raises `CaseMixError` for a fold that the model does not have.
    """
    terms, rows = _asked(model, patterns)
    return patterns.assign(expected=mean(_linear(terms, model.factors, rows).sum(axis=1), model.family))


def parts(model: CaseMixModel, levels: Mapping[str, Sequence[str]], folds: Sequence[int]) -> pd.DataFrame:
    """Return what expected values are made of: for each fold, the average case and what each level adds to it.

    Columns: `fold`, `factor`, `level`, `part` (on the scale of the link). The row of the factor `AVERAGE`, level "",
    is what the model without the fold expects of the average case. A case's expected value is `mean` of that and of the
    parts of its levels, as in `with_expected`. `levels` has those to answer for by factor, also ones that the model has
    not seen. A fold that it does not have taught it nothing, so the model on all folds speaks.
    """
    is_known = model.fold_terms["fold"].isin(list(folds))
    unknown = sorted(set(folds) - set(model.fold_terms["fold"]))
    terms = pd.concat([model.fold_terms[is_known], *(model.terms.assign(fold=fold) for fold in unknown)])
    asked = pd.DataFrame({"fold": sorted(folds)})
    average = _linear(terms, model.factors, asked.assign(**dict.fromkeys(model.factors, OTHER)))[:, 0]
    found = [asked.assign(factor=AVERAGE, level="", part=average)]
    for factor in model.factors:
        rows = asked.merge(pd.DataFrame({factor: list(levels[factor])}), how="cross")
        part = _linear(terms, (factor,), rows)[:, 1]
        found.append(pd.DataFrame({"fold": rows["fold"], "factor": factor, "level": rows[factor], "part": part}))
    return pd.concat(found, ignore_index=True)


def _checked(patterns: pd.DataFrame, factors: tuple[str, ...], family: str) -> list[str]:
    """Return the columns that are summed."""
    if family not in ("logistic", "log_mean"):
        raise CaseMixError(f"The family is {family!r}; it is logistic or log_mean.")
    sums = ["case_count", "outcome_sum"] + (["outcome_square_sum"] if family == "log_mean" else [])
    if missing := [name for name in [*factors, "fold", "month_on", *sums] if name not in patterns.columns]:
        raise CaseMixError(f"The patterns have no column {missing[0]}.")
    if len(set(factors)) < len(factors):
        raise CaseMixError(f"A factor is named twice in {', '.join(factors)}.")
    numbers = patterns[sums].to_numpy(dtype=float)
    if not np.isfinite(numbers).all() or (numbers < 0).any() or patterns["fold"].isna().any():
        raise CaseMixError(f"A row of the patterns has no fold, or {', '.join(sums)} is missing, infinite or under 0.")
    if (patterns["outcome_sum"] > patterns["case_count"]).any() and family == "logistic":
        raise CaseMixError("A pattern has more events than cases; each case of a logistic model has one at most.")
    if not (patterns["case_count"] > 0).any():
        raise CaseMixError("The patterns have no cases.")
    return sums


def _level_names(values: pd.Series) -> pd.Series:
    return values.astype(object).where(values.notna(), NOT_KNOWN).astype(str)


def _levels(names: pd.Series, case_count: pd.Series) -> pd.Index:
    """Return the levels, most cases first, with `other` among them."""
    cases = case_count.groupby(names).sum()
    if OTHER not in cases.index:
        cases[OTHER] = 0
    return pd.Index(cases.index[np.lexsort((cases.index, -cases.to_numpy()))], dtype=object)


def _notes_on_pools(terms: pd.DataFrame) -> list[str]:
    pooled = terms[(terms["level"] != terms["model_level"]) & (terms["case_count"] > 0)]
    return [
        f"{factor}: {', '.join(sorted(of['level']))} ({of['case_count'].sum():.0f} cases) count as {level}."
        for (factor, level), of in pooled.groupby(["factor", "model_level"], sort=False)
    ]


def _asked(model: CaseMixModel, patterns: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the terms to use and the rows with levels and fold, with one fold 0 for the model on all folds."""
    if missing := [factor for factor in model.factors if factor not in patterns.columns]:
        raise CaseMixError(f"The patterns have no column {missing[0]}, which is a factor of the model.")
    rows = pd.DataFrame({factor: _level_names(patterns[factor]) for factor in model.factors}, index=patterns.index)
    if "fold" not in patterns.columns:
        return model.terms.assign(fold=0), rows.assign(fold=0)
    if unknown := set(patterns["fold"].unique()) - set(model.fold_terms["fold"].unique()):
        raise CaseMixError(f"The model has no fold {min(unknown)}; leave the column out to ask the model on all folds.")
    return model.fold_terms, rows.assign(fold=patterns["fold"])


def _linear(terms: pd.DataFrame, factors: tuple[str, ...], rows: pd.DataFrame) -> np.ndarray:
    """Return per row the average case on the scale of the link, and in a column per factor what it adds to that."""
    folds = pd.Index(np.sort(terms["fold"].unique()))
    fold = folds.get_indexer(rows["fold"])
    intercepts = terms[terms["factor"] == INTERCEPT].set_index("fold").loc[folds]
    average = intercepts["coefficient"].to_numpy(dtype=float)
    parts = np.zeros((len(rows), 1 + len(factors)))
    for place, factor in enumerate(factors, start=1):
        of = terms[terms["factor"] == factor]
        weights = of["coefficient"] * of["case_count"]
        centre = (weights.groupby(of["fold"]).sum() / of.groupby("fold")["case_count"].sum()).reindex(
            folds, fill_value=0
        )
        average = average + centre.to_numpy()
        parts[:, place] = _looked_up(of, folds, rows[["fold", factor]])
        parts[:, place] -= centre.to_numpy()[fold]
    parts[:, 0] = average[fold]
    return parts


def _looked_up(of: pd.DataFrame, folds: pd.Index, rows: pd.DataFrame) -> np.ndarray:
    """Return the coefficient of the terms `of` one factor for each of `rows`, which have a fold and a level.

    A level without a term counts as `other`, or, where its fold has none, as the reference.
    """
    levels = pd.Index(of["level"].unique(), dtype=object)
    table = np.zeros((len(folds), len(levels) + 1))
    at = folds.get_indexer(of["fold"])
    for chosen in (of["reference"].to_numpy(dtype=bool), (of["model_level"] == OTHER).to_numpy()):
        table[at[chosen], -1] = of.loc[chosen, "coefficient"]
    table[at, levels.get_indexer(of["level"])] = of["coefficient"]
    return table[folds.get_indexer(rows.iloc[:, 0]), levels.get_indexer(rows.iloc[:, 1])]


def mean(linear: np.ndarray | pd.Series, family: Family) -> np.ndarray:
    """Return the mean of a case from the scale of the link."""
    return expit(linear) if family == "logistic" else np.exp(linear)
