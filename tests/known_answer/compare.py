"""Compare what the warehouse serves with the recomputation, and say where and which records differ."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

CELLS = (
    "numerator",
    "denominator",
    "value",
    "numerator_12m",
    "denominator_12m",
    "value_12m",
    "record_count",
    "record_count_12m",
)
RECORD_CELLS = (
    "record_type",
    "org_unit_key",
    "occurred_on",
    "month_on",
    "numerator",
    "denominator",
    "exclusion_reason",
)
LEVEL_OF_KEY = {"post": "clinician", "unattributed": "clinician"}


def performance_differences(recomputed: pd.DataFrame, served: pd.DataFrame) -> pd.DataFrame:
    """Return the cells of `performance` that differ: one measure, by unit and month, in both directions."""
    differing = _differences(recomputed, served, ["org_unit_key", "month_on"], CELLS)
    kind = differing["org_unit_key"].str.split(":", n=1).str[0]
    differing.insert(0, "level", kind.replace(LEVEL_OF_KEY))
    return differing.sort_values(["level", "org_unit_key", "month_on"], ignore_index=True)


def record_differences(recomputed: pd.DataFrame, served: pd.DataFrame) -> pd.DataFrame:
    """Return the cells of `measure_record` that differ: one measure, by record, in both directions."""
    month_on = recomputed["occurred_on"].dt.to_period("M").dt.to_timestamp()
    return _differences(recomputed.assign(month_on=month_on), served, ["record_id"], RECORD_CELLS)


def explanation(measure_id: str, cells: pd.DataFrame, records: pd.DataFrame) -> str:
    """Return the message of a failure: measure, levels, the first ten cells, the first ten records."""
    levels = cells["level"].value_counts().to_dict() if "level" in cells else {}
    return "\n".join(
        [
            f"{measure_id}: {len(cells)} cells differ, by level {levels}; {len(records)} cells of records differ.",
            "First cells:",
            cells.head(10).to_string(index=False),
            "First records:" if len(records) else "No record differs: look at the roll-up.",
            records.head(10).to_string(index=False) if len(records) else "",
        ]
    )


def _differences(recomputed: pd.DataFrame, served: pd.DataFrame, key: list[str], cells: Sequence[str]) -> pd.DataFrame:
    """Return rows of key, cell, recomputed, served; a row on one side only differs in the cell `row`."""
    sides = []
    for side in (recomputed, served):
        repeated = side[side.duplicated(key, keep=False)]
        assert repeated.empty, f"More than one row for one key:\n{repeated.head(10).to_string()}"
        sides.append(side[[*key, *cells]])
    both = sides[0].merge(sides[1], how="outer", on=key, suffixes=("_r", "_s"), indicator="side")
    found = [
        both.loc[both["side"] == side, key].assign(cell="row", recomputed=ours, served=theirs)
        for side, ours, theirs in (("left_only", "present", "missing"), ("right_only", "missing", "present"))
    ]
    matched = both[both["side"] == "both"]
    for name in cells:
        ours, theirs = matched[f"{name}_r"], matched[f"{name}_s"]
        differs = ~_same(ours, theirs)
        found.append(matched.loc[differs, key].assign(cell=name, recomputed=ours[differs], served=theirs[differs]))
    return pd.concat([frame for frame in found if len(frame)] or found[:1], ignore_index=True)


def _same(ours: pd.Series, theirs: pd.Series) -> np.ndarray:
    """Missing equals missing; numbers agree to 1e-9 of their size, all else exactly.

    1e-9 of a count is less than one, so counts agree exactly.
    """
    if pd.api.types.is_numeric_dtype(ours) and pd.api.types.is_numeric_dtype(theirs):
        return np.isclose(ours.astype(float), theirs.astype(float), rtol=1e-9, atol=1e-12, equal_nan=True)
    equal = ours.astype(object).to_numpy() == theirs.astype(object).to_numpy()
    return equal | (ours.isna() & theirs.isna()).to_numpy()
