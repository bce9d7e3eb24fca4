"""The elective admission list: who waits for what, who comes in from it, and who leaves it otherwise."""

import numpy as np

from orchestration.synthetic import treatments
from orchestration.synthetic.admissions import Hospital
from orchestration.synthetic.catalogue import DEPARTMENTS
from orchestration.synthetic.days import NEVER

ENTRY = np.dtype(
    [
        ("number", "i8"), ("patient", "i4"), ("consultant", "i2"), ("department", "i2"), ("decided", "i4"),
        ("intended", "i1"), ("treatment", "i2"), ("reason", "i1"), ("removed", "i4"),
    ]
)  # fmt: skip
CARE = np.dtype([("consultant", "i2"), ("department", "i2"), ("treatment", "i2"), ("day", "i4")])
WAITING, ADMITTED, ADMITTED_AS_EMERGENCY, DIED, REMOVED = 0, 1, 2, 3, 5
_SHAPE, _SCALE = 1.6, 58.0
_MEAN_WAIT = _SHAPE * _SCALE
_LEAVES_WITHOUT = 0.5
_REMOVED_WHEN_CANCELLED = 0.15


def wait(rng: np.random.Generator, count: int) -> np.ndarray:
    """Days from decision to admission of `count` patients; a few years at the longest."""
    return np.minimum(rng.gamma(_SHAPE, _SCALE, count).astype(int) + 1, 900)


def still_waiting(rng: np.random.Generator, count: int) -> np.ndarray:
    """Days for which `count` patients on the list have waited: longer waits are met more often on any one day."""
    return (rng.gamma(_SHAPE + 1, _SCALE, count) * rng.random(count)).astype(int)


def open_entries(rng: np.random.Generator, hospital: Hospital, care: np.ndarray, day: int) -> np.ndarray:
    """Patients who wait on `day`, for care like the `CARE` of a year."""
    chosen = care[rng.random(len(care)) < _MEAN_WAIT / 365]
    entries = np.zeros(len(chosen), ENTRY)
    for name in ("consultant", "department", "treatment"):
        entries[name] = chosen[name]
    entries["decided"] = day - still_waiting(rng, len(entries))
    entries["removed"] = NEVER
    entries["intended"] = np.where(treatments.DAY_CASE[entries["treatment"]] > 0.5, 2, 1)
    entries["patient"] = pick(rng, hospital, entries["department"], entries["consultant"])
    return entries


def pick(rng: np.random.Generator, hospital: Hospital, department: np.ndarray, consultant: np.ndarray) -> np.ndarray:
    """A patient fit for each department; consultants with patients at high risk get sicker ones."""
    patients = np.zeros(len(department), dtype=np.int32)
    for number in np.unique(department):
        mine = np.flatnonzero(department == number)
        risky = hospital.practice.effects["high_risk"][consultant[mine]]
        patients[mine] = hospital.picker.pick(rng, len(mine), DEPARTMENTS[number], risky)
    return patients


def fill(
    rng: np.random.Generator, hospital: Hospital, waiting: np.ndarray, care: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Take patients for each row of `care` from the list; return their entries and which `waiting` ones were taken.

    Who has waited since before this year comes from `waiting`, the longest waiting first, for the same consultant and
    treatment; the others have been listed during the year.
    """
    start = hospital.year.start
    consultant, department, treatment, day = (care[name] for name in ("consultant", "department", "treatment", "day"))
    entries = np.zeros(len(day), ENTRY)
    decided = day - wait(rng, len(day))
    new = np.maximum(decided, np.minimum(start, day))
    entries["consultant"], entries["department"], entries["treatment"] = consultant, department, treatment
    entries["decided"] = np.minimum(new + rng.integers(0, 9, len(day)) * (decided < start), day)
    entries["removed"] = NEVER
    entries["patient"] = pick(rng, hospital, department, consultant)
    wanting = np.flatnonzero(decided < start)
    alive = np.flatnonzero(hospital.population.records["death"][waiting["patient"]] > start)
    asked = _ranked(consultant[wanting], treatment[wanting], day[wanting])
    offered = _ranked(waiting["consultant"][alive], waiting["treatment"][alive], waiting["decided"][alive])
    _, ask, offer = np.intersect1d(asked, offered, return_indices=True)
    taken = alive[offer]
    entries[wanting[ask]] = waiting[taken]
    entries["intended"] = np.where(treatments.DAY_CASE[entries["treatment"]] > 0.5, 2, 1)
    return entries, taken


def _ranked(consultant: np.ndarray, treatment: np.ndarray, day: np.ndarray) -> np.ndarray:
    """A number for each row, unique: consultant, treatment, and place in the queue of these by `day`."""
    key = consultant.astype(np.int64) * 1000 + treatment
    order = np.lexsort((day, key))
    place = np.zeros(len(key), dtype=np.int64)
    if len(key):
        sorted_key = key[order]
        first = np.concatenate([[True], sorted_key[1:] != sorted_key[:-1]])
        position = np.arange(len(key))
        place[order] = position - position[first][np.cumsum(first) - 1]
    return key * 10**6 + place


def close(rng: np.random.Generator, hospital: Hospital, entries: np.ndarray) -> None:
    """Take off the list who died, and some who have waited since before this year and no longer want to."""
    year, death = hospital.year, hospital.population.records["death"][entries["patient"]]
    still = entries["removed"] == NEVER
    dead = still & (death <= year.end)
    entries["removed"][dead], entries["reason"][dead] = np.maximum(death, entries["decided"])[dead], DIED
    tired = still & ~dead & (entries["decided"] < year.start) & (rng.random(len(entries)) < _LEAVES_WITHOUT)
    entries["removed"][tired] = rng.integers(year.start, year.end + 1, int(tired.sum()))
    entries["reason"][tired] = rng.choice((REMOVED, ADMITTED_AS_EMERGENCY), int(tired.sum()), p=(0.9, 0.1))


def after_cancellation(rng: np.random.Generator, entries: np.ndarray, day: np.ndarray) -> None:
    """Most patients whose operation was cancelled wait on; some leave the list on that `day`."""
    leaves = rng.random(len(entries)) < _REMOVED_WHEN_CANCELLED
    entries["removed"][leaves], entries["reason"][leaves] = day[leaves], REMOVED
