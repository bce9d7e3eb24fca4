"""Referral-to-treatment pathways: those whose clock still runs at each month end."""

import numpy as np

from orchestration.synthetic import days
from orchestration.synthetic.admissions import Hospital
from orchestration.synthetic.catalogue import DEPARTMENTS
from orchestration.synthetic.waiting import pick

PATHWAY = np.dtype(
    [("number", "i8"), ("patient", "i4"), ("consultant", "i2"), ("department", "i2"), ("start", "i4"), ("stop", "i4")]
)
OPEN = np.dtype([("pathway", "i8"), ("month_end", "i4"), ("status", "i1")])
STATUSES = ("10", "11", "12", "20", "21")
_PER_CONSULTANT = 400
_BEFORE = 400


def begin(rng: np.random.Generator, hospital: Hospital, start: int) -> np.ndarray:
    """Pathways whose clock starts from day `start` to the end of the year; a fifth of those open exceed 18 weeks."""
    year, parts = hospital.year, []
    for number, department in enumerate(DEPARTMENTS):
        length = year.end - start + 1
        clinics = min(department.clinics / 2.2, 1.2)
        count = rng.poisson(_PER_CONSULTANT * clinics * hospital.rota.whole_time(number, year) * length / 365)
        pathways = np.zeros(int(count), PATHWAY)
        pathways["start"] = np.sort(rng.integers(start, year.end + 1, int(count)))
        pathways["department"] = number
        # Surgical waits are longer: they end with an operation.
        weeks = rng.gamma(1.7, 9.5 if department.operations else 6.0, int(count))
        pathways["stop"] = pathways["start"] + (weeks * 7).astype(int) + 3
        pathways["consultant"] = hospital.rota.choose(rng, number, pathways["start"])
        parts.append(pathways)
    pathways = np.concatenate(parts)
    pathways["patient"] = pick(rng, hospital, pathways["department"], pathways["consultant"])
    death = hospital.population.records["death"][pathways["patient"]]
    pathways["stop"] = np.minimum(pathways["stop"], death)
    return pathways


def before_the_period(rng: np.random.Generator, hospital: Hospital) -> np.ndarray:
    """All pathways of the first year, with those that began before it."""
    pathways = begin(rng, hospital, hospital.year.start - _BEFORE)
    return pathways[pathways["stop"] > hospital.year.start]


def at_month_ends(rng: np.random.Generator, hospital: Hospital, pathways: np.ndarray) -> np.ndarray:
    """`OPEN` rows: which of `pathways` (by row number) run at each month end of the year."""
    parts = []
    for day in days.month_ends(hospital.year):
        running = np.flatnonzero((pathways["start"] <= day) & (pathways["stop"] > day))
        rows = np.zeros(len(running), OPEN)
        rows["pathway"], rows["month_end"] = running, day
        young = day - pathways["start"][running] < 45
        rows["status"] = np.where(young, 0, rng.choice(len(STATUSES), len(running), p=(0.1, 0.05, 0.05, 0.7, 0.1)))
        parts.append(rows)
    return np.concatenate(parts)
