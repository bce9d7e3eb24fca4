"""How each clinician truly practises: effects on outcomes after case-mix, some of them planted to be found."""

from dataclasses import dataclass

import numpy as np

from orchestration.synthetic.catalogue import (
    CARDIOLOGY,
    GYNAECOLOGY,
    MEDICINE,
    OPHTHALMOLOGY,
    ORTHOPAEDICS,
    SURGERY,
    UROLOGY,
)
from orchestration.synthetic.days import DataYear, first_of_month, stream
from orchestration.synthetic.workforce import Workforce

# Effects: log-odds for death, readmission, complication, missed (DNA), stayed (a day case kept overnight);
# `stay` a factor on days; `late` minutes at the start of a list; `booking` how full lists are booked.
PRACTICE = np.dtype(
    [
        ("death", "f4"), ("readmission", "f4"), ("complication", "f4"), ("missed", "f4"), ("stayed", "f4"),
        ("stay", "f4"), ("late", "f4"), ("booking", "f4"), ("high_risk", "?"),
    ]
)  # fmt: skip
# Planted: department, effect, size, what the system should find.
_PLANTED = (
    (MEDICINE, "death", 0.85, "worse than case-mix explains"),
    (MEDICINE, "death", -0.80, "better than case-mix explains"),
    (SURGERY, "readmission", 0.85, "worse than case-mix explains"),
    (ORTHOPAEDICS, "readmission", -0.80, "better than case-mix explains"),
    (UROLOGY, "complication", 0.95, "worse than case-mix explains"),
    (GYNAECOLOGY, "complication", -0.90, "better than case-mix explains"),
    (CARDIOLOGY, "high_risk", 1.0, "patients at high risk, average practice"),
    (SURGERY, "late", 22.0, "starts lists late"),
    (ORTHOPAEDICS, "stayed", 1.2, "keeps day cases overnight"),
    (OPHTHALMOLOGY, "missed", 0.6, "more patients do not attend"),
)


@dataclass(frozen=True)
class Finding:
    """One clinician's planted practice."""

    clinician: int
    effect: str
    size: float
    meaning: str


@dataclass(frozen=True)
class Step:
    """A measure of one unit that changes from a day on: log-odds for `missed`, minutes for `late`."""

    unit: str
    number: int
    effect: str
    size: float
    day: int


@dataclass(frozen=True)
class Practice:
    """Effects of every clinician, the planted ones by name, and the steps."""

    effects: np.ndarray
    planted: tuple[Finding, ...]
    missed_step: Step
    late_step: Step


def build(seed: int, workforce: Workforce, years: tuple[DataYear, ...]) -> Practice:
    """Give each clinician a practice: small differences between all, large ones in a few planted consultants."""
    rng = stream(seed, "practice")
    count = len(workforce.clinicians)
    effects = np.zeros(count, PRACTICE)
    for name in ("death", "readmission", "complication", "missed"):
        effects[name] = rng.normal(0, 0.10, count)
    effects["stayed"] = rng.normal(0, 0.25, count)
    effects["stay"] = rng.lognormal(0, 0.08, count)
    effects["late"] = rng.normal(0, 3, count)
    effects["booking"] = rng.normal(1.01, 0.04, count)
    planted = []
    taken: set[int] = set()
    for department, effect, size, meaning in _PLANTED:
        # A small trust may have too few steady consultants: then less is planted, and the truth says so.
        free = [number for number in workforce.steady(department) if number not in taken]
        if not free:
            continue
        chosen = free[0]
        taken.add(chosen)
        for name in ("death", "readmission", "complication", "missed"):
            effects[name][chosen] = 0
        effects[effect][chosen] = size
        # Enough patients to show it.
        workforce.clinicians["volume"][chosen] = 1.25
        planted.append(Finding(chosen, effect, size, meaning))
    length = years[-1].end - years[0].start
    return Practice(
        effects=effects,
        planted=tuple(planted),
        missed_step=Step("department", UROLOGY, "missed", -0.75, first_of_month(years[0].start + round(length * 0.55))),
        late_step=Step("theatre", 0, "late", 18.0, first_of_month(years[0].start + round(length * 0.5))),
    )
