"""The one shape in which every recomputed measure hands on its candidate records."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

COLUMNS = [
    "measure_id",
    "record_type",
    "record_id",
    "org_unit_key",
    "occurred_on",
    "numerator",
    "denominator",
    "exclusion_reason",
]


def candidates(
    measure_id: str,
    records: pd.DataFrame,
    exclusions: Sequence[tuple[pd.Series, str]],
    numerator: pd.Series | float,
    denominator: pd.Series | float | None = 1.0,
) -> pd.DataFrame:
    """Return one row per candidate of `records` (record_type, record_id, org_unit_key, occurred_on).

    The first exclusion that holds is the reason; an excluded record has neither numerator nor denominator.
    A count has no denominator (None).
    """
    reason = pd.Series(None, index=records.index, dtype=object)
    for holds, text in reversed(exclusions):
        reason[holds.astype(bool)] = text
    counted = reason.isna()
    frame = records[["record_type", "record_id", "org_unit_key", "occurred_on"]].copy()
    frame["measure_id"] = measure_id
    frame["numerator"] = pd.Series(numerator, index=records.index).astype("float64").where(counted)
    whole = np.nan if denominator is None else denominator
    frame["denominator"] = pd.Series(whole, index=records.index).astype("float64").where(counted)
    frame["exclusion_reason"] = reason
    return frame[COLUMNS]
