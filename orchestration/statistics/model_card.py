"""The model card: what a case-mix model is, how well it holds and what it is not for, ready for JSON."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from orchestration.statistics.calibration import Calibration
from orchestration.statistics.case_mix import INTERCEPT, CaseMixModel

NOT_FOR = (
    "To rank clinicians or teams.",
    "To judge a clinician by this figure alone: a flag is a request to look.",
    "To decide on the care of a patient.",
    "To predict for patients of another hospital, or of a time that the model has not seen.",
    "To explain why an outcome happened: factors are those that were recorded.",
)


def card(
    model: CaseMixModel,
    calibration: Calibration,
    drift: pd.DataFrame,
    *,
    outcome: str,
    cohort: str,
    software: Mapping[str, str],
    not_for: Sequence[str] = NOT_FOR,
) -> dict[str, object]:
    """Return the model card, ready for JSON: figures to nine digits, so that it is the same on another machine.

    `outcome` and `cohort` say in words what is counted and of whom, `software` the version of each package. `drift` is
    that of `calibration.drift`. Counts are of all cases; a `level` of the card holds what was pooled into it.
    """
    terms = model.terms[model.terms["factor"] != INTERCEPT]
    by_fold = model.expected.groupby("fold")[["case_count", "outcome_sum"]].sum()
    total = model.terms.iloc[0]
    return _plain(
        {
            "outcome": outcome,
            "family": model.family,
            "cohort": {
                "description": cohort,
                "case_count": total["case_count"],
                "outcome_sum": total["outcome_sum"],
                "first_month": f"{model.first_month:%Y-%m}",
                "last_month": f"{model.last_month:%Y-%m}",
            },
            "folds": by_fold.reset_index().to_dict("records"),
            "intercept": total["coefficient"],
            "baseline": model.baseline,
            "dispersion": model.dispersion,
            "factors": [_factor_of_card(factor, terms[terms["factor"] == factor]) for factor in model.factors],
            "notes": list(model.notes),
            "calibration": {
                name: value.to_dict("records") if isinstance(value, pd.DataFrame) else value
                for name, value in vars(calibration).items()
            },
            "drift": dict(sorted(drift.attrs.items())),
            "not_for": list(not_for),
            "software": dict(sorted(software.items())),
        }
    )


def _factor_of_card(factor: str, terms: pd.DataFrame) -> dict[str, object]:
    levels = []
    for level, of in terms.groupby("model_level", sort=False):
        first = of.iloc[0]
        levels.append(
            {
                "level": level,
                "reference": bool(of["reference"].any()),
                "coefficient": first["coefficient"],
                "standard_error": first["standard_error"],
                "case_count": of["case_count"].sum(),
                "outcome_sum": of["outcome_sum"].sum(),
                "pooled": sorted(of.loc[of["level"] != level, "level"]),
            }
        )
    return {"factor": factor, "in_use": bool(levels), "levels": levels}


def _plain(value: object) -> object:
    """Return a value in the types of JSON."""
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.9g}") if np.isfinite(value) else None
    return value
