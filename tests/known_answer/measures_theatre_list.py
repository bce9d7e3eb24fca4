"""Recompute the measures of how theatre lists were used, both ways, from a timeline of each list in seconds."""

import numpy as np
import pandas as pd

from tests.known_answer.candidate import candidates
from tests.known_answer.measures_theatre import (
    TIME_POINTS,
    list_exclusions,
    minutes,
    operated_cases,
    planned_lists,
)

INTO, OUT = TIME_POINTS[0], TIME_POINTS[-1]
LATE_FROM_MINUTES = 30  # a list is late from half an hour on (domain.md 2.3, size of problem)
USED = ["touched", "touched_in_plan", "empty", "added", "added_in_plan", "gaps"]


def theatre_list_measures(lists: pd.DataFrame, cases: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the candidates of each measure of the minutes and cases of lists; `lists` carry org_unit_key."""
    planned, operated = planned_lists(lists), operated_cases(cases)
    unusable = list_exclusions(planned, operated)
    used = _used(planned, operated)
    length = minutes(planned["finish"] - planned["start"])
    by_list = operated.groupby("theatre_list_identifier")
    count = by_list.size().reindex(planned.index, fill_value=0)
    late = minutes(by_list[INTO].min().reindex(planned.index) - planned["start"])
    over = minutes(by_list[OUT].max().reindex(planned.index) - planned["finish"])
    none = [*unusable, (count == 0, "no case operated")]
    few = [*unusable, (count < 2, "fewer than two cases operated")]
    share_in_plan = (used["added_in_plan"] / length).clip(upper=1)
    return [
        candidates("theatre_utilisation_uncapped", planned, unusable, used["touched"], length),
        candidates("theatre_utilisation_capped_mhs", planned, unusable, share_in_plan),
        candidates("theatre_utilisation_uncapped_mhs", planned, unusable, used["added"] / length),
        candidates("late_start_rate", planned, none, late >= LATE_FROM_MINUTES),
        candidates("late_start_minutes_mhs", planned, [*none, (~(late > 0), "not late")], late),
        candidates("early_finish_minutes", planned, none, (-over).clip(lower=0)),
        candidates("early_finish_minutes_mhs", planned, [*none, (~(over < 0), "not finished early")], -over),
        candidates("overrun_minutes", planned, none, over.clip(lower=0)),
        candidates("overrun_minutes_mhs", planned, [*none, (~(over > 0), "not over-run")], over),
        candidates("intercase_downtime_minutes", planned, few, used["empty"], count - 1),
        candidates("intercase_downtime_minutes_mhs", planned, few, used["gaps"], count - 1),
        candidates("cases_per_list", planned, unusable[:2], count),
    ]


def _used(planned: pd.DataFrame, operated: pd.DataFrame) -> pd.DataFrame:
    """Return by list the minutes of `USED`; zero for a list without a patient, or whose times no measure counts."""
    unusable = pd.concat([holds for holds, _ in list_exclusions(planned, operated)], axis=1).any(axis=1)
    found = pd.DataFrame(0.0, index=planned.index, columns=USED)
    countable = planned[~unusable]
    for name, patients in operated.groupby("theatre_list_identifier"):
        if name in countable.index:
            found.loc[name] = _used_of_list(countable.loc[name], patients)
    return found


def _used_of_list(planned: pd.Series, patients: pd.DataFrame) -> list[float]:
    """Mark each second of the list's day that has a patient or is planned, and count what is marked."""
    origin = min(patients[INTO].min(), planned["start"])
    end = max(patients[OUT].max(), planned["finish"])

    def second(at: pd.Timestamp) -> int:
        return round((at - origin).total_seconds())

    patient_count = np.zeros(second(end), dtype=int)
    for into, out in zip(patients[INTO], patients[OUT], strict=True):
        patient_count[second(into) : second(out)] += 1
    in_plan = patient_count[second(planned["start"]) : second(planned["finish"])]
    between = patient_count[second(patients[INTO].min()) : second(patients[OUT].max())]
    # From each patient out to the next one in: every start but the first, less every end but that of the last to begin.
    last = patients.sort_values([INTO, OUT]).iloc[-1]
    gaps = [second(at) for at in patients[INTO]], [second(at) for at in patients[OUT]]
    seconds = [
        (patient_count > 0).sum(),
        (in_plan > 0).sum(),
        (between == 0).sum(),
        patient_count.sum(),
        in_plan.sum(),
        sum(gaps[0]) - min(gaps[0]) - (sum(gaps[1]) - second(last[OUT])),
    ]
    return [value / 60 for value in seconds]
