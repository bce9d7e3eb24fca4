"""Recompute excess bed days: each service's stays month by month against its own twelve months before."""

import math

import pandas as pd

from tests.known_answer.candidate import candidates
from tests.known_answer.measures_inpatient import ELECTIVE, EMERGENCY, finished_spells

LEAST_STAYS = 30


def excess_bed_days(every_spell: pd.DataFrame) -> pd.DataFrame:
    """Return the candidates: finished elective and emergency spells, which carry org_unit_key."""
    finished = finished_spells(every_spell)
    stays = finished[finished["admission_method"].isin([*ELECTIVE, *EMERGENCY])]
    stays = stays.assign(
        is_elective=stays["admission_method"].isin(ELECTIVE),
        month=stays["discharged_on"].dt.to_period("M"),
        days=(stays["discharged_on"] - stays["admitted_on"]).dt.days,
    )
    ordinary = stays[stays["patient_class"] == "1"]
    point = pd.Series(float("nan"), index=stays.index)
    for _, group in ordinary.groupby(["is_elective", "last_function"]):
        for month, held in group.groupby("month"):
            year = group[(group["month"] < month) & (group["month"] >= month - 12)]
            if len(year) >= LEAST_STAYS:
                point[held.index] = _trim_point(sorted(year["days"]))
    exclusions = [
        (stays["patient_class"] != "1", "not an ordinary admission"),
        (stays["last_function"].isna(), "treatment function missing"),
        (point.isna(), "too few stays to compare with"),
    ]
    return candidates("excess_bed_days", stays, exclusions, (stays["days"] - point).clip(lower=0))


def _trim_point(days: list[int]) -> int:
    """Upper quartile and one and a half times the distance of the quartiles, in whole days."""
    lower, upper = _at(days, 1 / 4), _at(days, 3 / 4)
    return math.floor(upper + 3 / 2 * (upper - lower))


def _at(ordered: list[int], share: float) -> float:
    """The value at a share of the way from the first to the last, on the line between its neighbours."""
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
