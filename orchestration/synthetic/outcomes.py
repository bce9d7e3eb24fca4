"""What is known after care: PROMs, surgical-site infection, complications, as rows with the day they become known."""

import numpy as np

from orchestration.synthetic import treatments
from orchestration.synthetic.admissions import Hospital
from orchestration.synthetic.days import NEVER

PROMS_GROUPS = ("HIP", "KNEE")
PROMS = np.dtype(
    [("serial", "i8"), ("stage", "i1"), ("patient", "i4"), ("spell", "i8"), ("group", "i1"), ("day", "i4"),
     ("oxford", "i2"), ("eq5d", "f4"), ("vas", "i2")]
)  # fmt: skip
INFECTION = np.dtype(
    [("case", "i8"), ("category", "i2"), ("type", "i1"), ("onset", "i4"), ("end", "i4"), ("known", "i4")]
)
INFECTION_TYPES = ("N", "S", "D", "O")
COMPLICATION = np.dtype(
    [("number", "i8"), ("spell", "i8"), ("case", "i8"), ("day", "i4"), ("code", "i1"), ("grade", "i1")]
)
GRADES = ("I", "II", "IIIa", "IIIb", "IVa", "IVb", "V")
COMPLICATION_CODES = ("T814", "T810", "T813", "T888", "J189", "I269", "N179", "T845")
CAUSES = ("I219", "J189", "C349", "F03X", "I64X")
CATEGORIES = tuple(sorted({t.surveillance for t in treatments.TREATMENTS if t.surveillance}))
_CATEGORY = np.array([CATEGORIES.index(t.surveillance) if t.surveillance else -1 for t in treatments.TREATMENTS])
_GROUP = np.array([PROMS_GROUPS.index(t.proms) if t.proms else -1 for t in treatments.TREATMENTS])
_FOLLOW_UP, _WITH_IMPLANT = 30, 365
_ASKED, _ANSWERED = 0.82, 0.68


def proms(rng: np.random.Generator, hospital: Hospital, spells: np.ndarray) -> np.ndarray:
    """Questionnaires before and about six months after the hip and knee replacements of finished `spells`."""
    wanted = (spells["treatment"] >= 0) & (_GROUP[spells["treatment"]] >= 0) & (spells["kind"] == 1)
    index = spells[wanted & (rng.random(len(spells)) < _ASKED)]
    count = len(index)
    risk = np.clip(hospital.population.risk(index["patient"], index["admitted"]), -3, 4)
    before = np.zeros(count, PROMS)
    before["patient"], before["spell"] = index["patient"], index["number"]
    before["spell"][rng.random(count) < 0.07] = 0
    before["group"] = _GROUP[index["treatment"]]
    before["serial"] = index["number"]
    before["day"] = index["admitted"] - rng.integers(3, 35, count)
    before["oxford"] = np.clip(np.rint(rng.normal(18.5 - 1.1 * risk, 7, count)), 0, 48)
    after = before.copy()
    after["stage"] = 1
    after["day"] = index["operated"] + rng.integers(165, 240, count)
    gain = rng.normal(np.where(before["group"] == 0, 21.5, 16.8) - 1.2 * risk - 6 * index["complicated"], 8, count)
    after["oxford"] = np.clip(np.rint(before["oxford"] + gain), 0, 48)
    for rows in (before, after):
        rows["eq5d"] = np.clip(-0.05 + rows["oxford"] / 48 * 0.95 + rng.normal(0, 0.14, count), -0.594, 1.0)
        rows["vas"] = np.clip(np.rint(48 + rows["oxford"] * 0.75 + rng.normal(0, 14, count)), 0, 100)
    alive = hospital.population.records["death"][after["patient"]] > after["day"]
    return np.concatenate([before, after[alive & (rng.random(count) < _ANSWERED)]])


def infections(rng: np.random.Generator, cases: np.ndarray, day: np.ndarray, complicated: np.ndarray) -> np.ndarray:
    """Surveillance of the operated `cases` in its categories; more infections where there is a complication."""
    wanted = cases["operated"] & (_CATEGORY[cases["treatment"]] >= 0)
    cases, day, complicated = cases[wanted], day[wanted], complicated[wanted]
    rows = np.zeros(len(cases), INFECTION)
    rows["case"], rows["category"] = cases["number"], _CATEGORY[cases["treatment"]]
    infected = rng.random(len(cases)) < np.where(complicated, 0.22, 0.008)
    rows["type"] = np.where(infected, rng.choice((1, 2, 3), len(cases), p=(0.62, 0.26, 0.12)), 0)
    rows["onset"] = np.where(infected, day + rng.integers(3, 29, len(cases)), NEVER)
    implant = _GROUP[cases["treatment"]] >= 0
    rows["end"] = day + np.where(implant, _WITH_IMPLANT, _FOLLOW_UP)
    rows["known"] = day + _FOLLOW_UP
    return rows


def complications(rng: np.random.Generator, spells: np.ndarray) -> np.ndarray:
    """One row for each complicated spell, by the day of onset."""
    index = spells[spells["complicated"]]
    rows = np.zeros(len(index), COMPLICATION)
    rows["spell"], rows["case"] = index["number"], index["case"]
    rows["day"] = np.minimum(index["operated"] + rng.integers(0, 12, len(index)), index["dies_after"])
    rows["day"] = np.where(index["result"] == 4, np.minimum(rows["day"], index["discharged"]), rows["day"])
    rows["code"] = rng.integers(0, len(COMPLICATION_CODES), len(index))
    grade = rng.choice(6, len(index), p=(0.24, 0.40, 0.13, 0.13, 0.07, 0.03))
    rows["grade"] = np.where((index["result"] == 4) & (rng.random(len(index)) < 0.6), 6, grade)
    rows["number"] = index["number"]
    return rows
