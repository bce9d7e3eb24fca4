"""Roll candidate records up to every unit and month, dense, with the rolling twelve months."""

import numpy as np
import pandas as pd

from tests.known_answer.organisation import Organisation, ancestors, divisions_now

LEVELS = ("clinician", "department", "division", "trust")
SUMS = ["numerator", "denominator", "record_count"]
KEY = ["measure_id", "org_unit_level", "org_unit_key"]


def performance(
    records: pd.DataFrame, organisation: Organisation, months: pd.PeriodIndex, today: pd.Timestamp
) -> pd.DataFrame:
    """Return one row per measure, unit and reporting month from the unit's first counted month.

    `records` are candidates of all measures; one whose records have no denominator is a count, its value is the
    numerator. Sums of numerators and denominators at each level, then the quotient; never a mean of rates. Divisions
    whose departments changed are there a second time, as they stand `today`.
    """
    counted = records[records["exclusion_reason"].isna()]
    counted = counted.assign(month=counted["occurred_on"].dt.to_period("M"), record_count=1.0)
    counted = counted[counted["month"].isin(months)]
    units = _units_of(counted, organisation)
    placed = [(level, units[level]) for level in LEVELS]
    placed.append(("division", divisions_now(organisation, units["department"], today)))
    monthly = pd.concat(
        [
            counted.assign(org_unit_level=level, org_unit_key=unit)
            .dropna(subset="org_unit_key")
            .groupby([*KEY, "month"])[SUMS]
            .sum()
            for level, unit in placed
        ]
    )
    has_denominator = counted["denominator"].notna().groupby(counted["measure_id"]).any()
    return _values(_dense(monthly, months), set(has_denominator.index[~has_denominator]))


def _units_of(counted: pd.DataFrame, organisation: Organisation) -> pd.DataFrame:
    """Return the unit of each record at each level on the day it occurred."""
    asked = counted[["org_unit_key", "occurred_on"]].rename(columns={"occurred_on": "day"})
    distinct = asked.drop_duplicates().reset_index(drop=True)
    above = pd.concat([distinct, ancestors(organisation, distinct)], axis=1)
    units = asked.merge(above, how="left", on=["org_unit_key", "day"]).set_index(counted.index)
    return units.rename(columns={"org_unit_key": "clinician"})


def _dense(monthly: pd.DataFrame, months: pd.PeriodIndex) -> pd.DataFrame:
    """Return every month from a unit's first counted one to the last reporting month, with 12-month sums."""
    wide = {name: monthly[name].unstack("month").reindex(columns=months) for name in SUMS}
    is_counted = wide["record_count"].notna().to_numpy()
    from_first = np.maximum.accumulate(is_counted, axis=1)
    unit, month = np.nonzero(from_first)
    frame = wide["record_count"].index[unit].to_frame(index=False)
    frame["month_on"] = months[month].to_timestamp()
    for name in SUMS:
        sums = wide[name].fillna(0.0).to_numpy()
        rolling = sum(_later_by(sums, lag) for lag in range(12))
        frame[name], frame[f"{name}_12m"] = sums[unit, month], rolling[unit, month]
    return frame


def _later_by(sums: np.ndarray, lag: int) -> np.ndarray:
    shifted = np.zeros_like(sums)
    shifted[:, lag:] = sums[:, : sums.shape[1] - lag]
    return shifted


def _values(frame: pd.DataFrame, counts: set[str]) -> pd.DataFrame:
    is_count = frame["measure_id"].isin(counts)
    for suffix in ("", "_12m"):
        numerator, denominator = frame[f"numerator{suffix}"], frame[f"denominator{suffix}"].mask(is_count)
        frame[f"denominator{suffix}"] = denominator
        # A month without records has no rate, but it does have a count: none.
        frame[f"value{suffix}"] = numerator.where(is_count, numerator / denominator.where(denominator != 0))
    return frame
