"""Admissions of one year as spells: emergencies, planned care, deliveries, births, regular attenders."""

from dataclasses import dataclass

import numpy as np

from orchestration.synthetic import days, treatments
from orchestration.synthetic.catalogue import (
    CARDIOLOGY,
    DEPARTMENTS,
    GERIATRICS,
    MEDICINE,
    OBSTETRICS,
    ONCOLOGY,
    PAEDIATRICS,
)
from orchestration.synthetic.days import NEVER, DataYear
from orchestration.synthetic.patients import NOT_REGISTERED, Picker, Population
from orchestration.synthetic.practice import Practice
from orchestration.synthetic.rota import Rota

METHODS = ("11", "12", "13", "21", "22", "23", "24", "25", "28", "2A", "2B", "2C", "2D", "31", "32", "81", "82", "83")
METHOD = {code: number for number, code in enumerate(METHODS)}
_EMERGENCY = ("21", "22", "23", "24", "28", "2A", "2B", "2C", "2D")
_EMERGENCY_WEIGHTS = (0.72, 0.10, 0.02, 0.05, 0.01, 0.06, 0.02, 0.005, 0.015)
ORDINARY, DAY_CASE, REGULAR, NIGHTS, MOTHER_AND_BABY = 1, 2, 3, 4, 5
EMERGENCY, PLANNED, MATERNITY, BIRTH, ATTENDER = range(5)
NO_NUMBER = -1
SPELL = np.dtype(
    [
        ("number", "i8"), ("patient", "i4"), ("kind", "i1"), ("department", "i2"), ("last_department", "i2"),
        ("first_consultant", "i2"), ("between", "i2"), ("consultant", "i2"), ("method", "i1"), ("classification", "i1"),
        ("intended", "i1"), ("admitted", "i4"), ("discharged", "i4"), ("result", "i1"), ("episodes", "i1"),
        ("illness", "i2"), ("treatment", "i2"), ("operated", "i4"), ("entry", "i8"), ("case", "i8"),
        ("complicated", "?"), ("midwife", "?"), ("dies_after", "i4"),
    ]
)  # fmt: skip
_STAYS_OVERNIGHT = -3.6
_LONGEST = 150


@dataclass(frozen=True)
class Hospital:
    """What admissions are drawn from: people, posts and practice in one year."""

    population: Population
    picker: Picker
    rota: Rota
    practice: Practice
    year: DataYear


def blank(count: int) -> np.ndarray:
    """`count` spells with nothing in them."""
    spells = np.zeros(count, SPELL)
    spells["illness"], spells["treatment"], spells["operated"] = NO_NUMBER, NO_NUMBER, NEVER
    spells["dies_after"] = NEVER
    spells["classification"], spells["intended"], spells["result"], spells["episodes"] = ORDINARY, 1, 1, 1
    return spells


def emergency_methods(rng: np.random.Generator, count: int) -> np.ndarray:
    """Method of admission of `count` emergencies."""
    return rng.choice([METHOD[code] for code in _EMERGENCY], count, p=_EMERGENCY_WEIGHTS)


def emergencies(rng: np.random.Generator, hospital: Hospital, start: int) -> np.ndarray:
    """Unplanned admissions from day `start` to the end of the year, without the readmissions that follow."""
    year = hospital.year
    window = np.arange(start, year.end + 1)
    parts = []
    for number, department in enumerate(DEPARTMENTS):
        expected = department.emergencies * hospital.rota.whole_time(number, year) * len(window) / 365
        count = int(rng.poisson(expected))
        spells = blank(count)
        total = np.cumsum(days.emergency_weights(window, department.winter))
        spells["admitted"] = window[np.searchsorted(total, rng.random(count) * total[-1], side="right")]
        spells["department"] = number
        spells["illness"] = treatments.draw_illnesses(rng, number, count) if count else NO_NUMBER
        consultant = hospital.rota.choose(rng, number, spells["admitted"])
        risky = hospital.practice.effects["high_risk"][consultant]
        spells["first_consultant"] = consultant
        spells["patient"] = hospital.picker.pick(rng, count, department, risky)
        parts.append(spells)
    spells = np.concatenate(parts)
    is_delivery = spells["department"] == OBSTETRICS
    spells["kind"] = np.where(is_delivery, MATERNITY, EMERGENCY)
    spells["method"] = np.where(
        is_delivery,
        rng.choice([METHOD["31"], METHOD["32"]], len(spells), p=(0.86, 0.14)),
        emergency_methods(rng, len(spells)),
    )
    spells["classification"] = np.where(is_delivery & (rng.random(len(spells)) < 0.08), MOTHER_AND_BABY, ORDINARY)
    spells["intended"] = 8
    spells["midwife"] = is_delivery & (rng.random(len(spells)) < 0.06)
    settle(rng, hospital, spells)
    return spells


def settle(rng: np.random.Generator, hospital: Hospital, spells: np.ndarray) -> None:
    """Give unplanned `spells` their consultant transfers, operation and length of stay."""
    count = len(spells)
    chance = rng.random(count)
    age = hospital.population.age(spells["patient"], spells["admitted"])
    spells["last_department"] = spells["department"]
    illness = spells["illness"]
    operation = treatments.OPERATION_OF[illness]
    operated = (rng.random(count) < treatments.ILLNESS_OPERATED[illness]) & (operation >= 0)
    spells["treatment"] = np.where(operated, operation, NO_NUMBER)
    # A median stay below a day makes most stays end on the day of admission.
    stay = rng.lognormal(np.log(treatments.ILLNESS_STAY[illness]), 0.85) * (1 + np.maximum(age - 60, 0) * 0.006)
    stay = np.minimum(np.floor(stay), _LONGEST).astype(int)
    stay = np.where(operated, np.maximum(stay, 1), stay)
    medical = (spells["department"] == MEDICINE) & (stay >= 2) & (chance < 0.30)
    spells["last_department"] = np.where(
        medical, np.where((age >= 77) | (chance < 0.16), GERIATRICS, CARDIOLOGY), spells["last_department"]
    )
    handed_over = ~medical & (stay >= 2) & (chance < 0.16) & (spells["kind"] == EMERGENCY)
    moved = medical | handed_over
    extra = (stay >= 6) & (rng.random(count) < 0.3)
    spells["episodes"] = np.where(moved, 2 + extra, 1)
    spells["discharged"] = spells["admitted"] + stay
    spells["consultant"] = spells["first_consultant"]
    for number in np.unique(spells["last_department"][moved]):
        at = moved & (spells["last_department"] == number)
        for name in ("between", "consultant"):
            spells[name][at] = hospital.rota.choose(rng, int(number), spells["discharged"][at])
    effect = hospital.practice.effects["stay"][spells["consultant"]]
    stay = np.rint(stay * effect).astype(int)
    spells["discharged"] = spells["admitted"] + np.maximum(stay, spells["episodes"] > 1)
    delay = np.where(operated, np.minimum(rng.geometric(0.6, count) - 1, 3), 0)
    spells["operated"] = np.where(operated, np.minimum(spells["admitted"] + delay, spells["discharged"]), NEVER)


def planned(rng: np.random.Generator, hospital: Hospital) -> np.ndarray:
    """Planned admissions that need no theatre: endoscopy, heart laboratory, chemotherapy, infusions."""
    year = hospital.year
    window = np.arange(year.start, year.end + 1)
    window = window[days.is_working(window)]
    parts = []
    for number, department in enumerate(DEPARTMENTS):
        count = int(rng.poisson(department.planned * hospital.rota.whole_time(number, year)))
        if not count:
            continue
        spells = blank(count)
        spells["admitted"] = rng.choice(window, count)
        spells["department"], spells["last_department"] = number, number
        spells["treatment"] = treatments.draw_treatments(rng, number, count, in_theatre=False)
        spells["consultant"] = hospital.rota.choose(rng, number, spells["admitted"])
        risky = hospital.practice.effects["high_risk"][spells["consultant"]]
        spells["patient"] = hospital.picker.pick(rng, count, department, risky)
        parts.append(spells)
    spells = np.concatenate(parts)
    spells["operated"] = spells["admitted"]
    stay_planned(rng, hospital, spells)
    return spells


def of_cases(rng: np.random.Generator, hospital: Hospital, cases: np.ndarray, lists: np.ndarray) -> np.ndarray:
    """Planned admissions for the operated `cases` of elective lists, one for each and in their order."""
    of = lists[cases["list"]]
    spells = blank(len(cases))
    spells["patient"], spells["treatment"], spells["case"] = cases["patient"], cases["treatment"], cases["number"]
    spells["department"], spells["last_department"] = of["department"], of["department"]
    spells["consultant"], spells["admitted"], spells["operated"] = of["operator"], of["day"], of["day"]
    stay_planned(rng, hospital, spells)
    early = (spells["intended"] == 1) & (spells["classification"] == ORDINARY) & (rng.random(len(cases)) < 0.08)
    spells["admitted"] -= early
    return spells


def stay_planned(rng: np.random.Generator, hospital: Hospital, spells: np.ndarray) -> None:
    """Give planned `spells` their intended management, what came of it, and their length of stay."""
    count = len(spells)
    effects = hospital.practice.effects[spells["consultant"]]
    spells["kind"], spells["first_consultant"] = PLANNED, spells["consultant"]
    spells["method"] = rng.choice([METHOD["11"], METHOD["12"], METHOD["13"]], count, p=(0.62, 0.28, 0.10))
    risk = hospital.population.risk(spells["patient"], spells["admitted"])
    day_case = rng.random(count) < treatments.DAY_CASE[spells["treatment"]] - 0.02 * np.clip(risk, 0, 3)
    spells["intended"] = np.where(day_case, 2, 1)
    kept = rng.random(count) < _chance(_STAYS_OVERNIGHT + 0.3 * risk + effects["stayed"])
    # A few patients for whom a night was planned go home the same day.
    same_day = ~day_case & (treatments.STAY[spells["treatment"]] <= 1) & (rng.random(count) < 0.12)
    spells["classification"] = np.where((day_case & ~kept) | same_day, DAY_CASE, ORDINARY)
    stay = rng.lognormal(np.log(treatments.STAY[spells["treatment"]] + 0.3), 0.45) * effects["stay"]
    nights = np.where(day_case, 1 + (rng.random(count) < 0.15), np.maximum(np.rint(stay), 1)).astype(int)
    spells["discharged"] = spells["admitted"] + np.where(spells["classification"] == DAY_CASE, 0, nights)
    missing = rng.random(count) < 0.002
    spells["intended"][missing] = 9


def births(rng: np.random.Generator, hospital: Hospital, deliveries: np.ndarray) -> np.ndarray:
    """Babies of the `deliveries` of this year, who become patients; one in three hundred is stillborn."""
    mothers = deliveries[rng.random(len(deliveries)) < 0.97]
    spells = blank(len(mothers))
    day = np.minimum(mothers["admitted"] + (rng.random(len(mothers)) < 0.3), mothers["discharged"])
    spells["patient"] = hospital.population.add_births(rng, day)
    spells["kind"], spells["method"], spells["intended"] = BIRTH, METHOD["82"], 8
    spells["classification"] = np.where(rng.random(len(mothers)) < 0.08, MOTHER_AND_BABY, ORDINARY)
    spells["department"] = spells["last_department"] = PAEDIATRICS
    spells["admitted"], spells["discharged"] = day, mothers["discharged"]
    spells["consultant"] = hospital.rota.choose(rng, PAEDIATRICS, day)
    spells["first_consultant"] = spells["consultant"]
    still = rng.random(len(mothers)) < 0.0035
    spells["result"] = np.where(still, 5, 1)
    spells["discharged"][still] = day[still]
    # A stillborn baby is known to the hospital and never comes again; it is not in the register of deaths.
    hospital.population.records["death"][spells["patient"][still]] = day[still]
    hospital.population.records["place"][spells["patient"][still]] = NOT_REGISTERED
    return spells


def regular_attenders(rng: np.random.Generator, hospital: Hospital) -> np.ndarray:
    """A few patients who come every week for a planned course: each visit is a spell of its own."""
    year = hospital.year
    department = DEPARTMENTS[ONCOLOGY]
    people = max(1, round(hospital.rota.whole_time(ONCOLOGY, year) * 9))
    patient = hospital.picker.pick(rng, people, department)
    first = rng.integers(year.start, year.end - 120, people)
    visits = np.arange(20)
    spells = blank(people * len(visits))
    spells["patient"] = np.repeat(patient, len(visits))
    spells["admitted"] = (first[:, None] + 7 * visits).ravel()
    spells = spells[days.is_working(spells["admitted"]) & (spells["admitted"] <= year.end)]
    spells["kind"], spells["method"], spells["classification"] = ATTENDER, METHOD["13"], REGULAR
    spells["intended"], spells["discharged"], spells["operated"] = 4, spells["admitted"], spells["admitted"]
    spells["department"] = spells["last_department"] = ONCOLOGY
    spells["treatment"] = treatments.draw_treatments(rng, ONCOLOGY, len(spells), in_theatre=False)
    spells["consultant"] = hospital.rota.choose(rng, ONCOLOGY, spells["admitted"])
    spells["first_consultant"] = spells["consultant"]
    return spells


def _chance(log_odds: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-log_odds))
