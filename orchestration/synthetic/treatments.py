"""The catalogue as arrays: illnesses and treatments by number, so that whole years can be drawn at once."""

from collections.abc import Sequence

import numpy as np

from orchestration.synthetic.catalogue import DEPARTMENTS, Illness, Procedure

EMERGENCY_MINUTES = 75.0


def _emergency_operation(illness: Illness) -> Procedure:
    return Procedure(illness.opcs, 0, illness.icd, EMERGENCY_MINUTES, 0.0, illness.stay)


ILLNESSES: tuple[Illness, ...] = tuple(illness for d in DEPARTMENTS for illness in d.illnesses)
_ILLNESS_DEPARTMENT = np.repeat(np.arange(len(DEPARTMENTS)), [len(d.illnesses) for d in DEPARTMENTS])
_PLANNED = tuple((n, p, True) for n, d in enumerate(DEPARTMENTS) for p in d.operations) + tuple(
    (n, p, False) for n, d in enumerate(DEPARTMENTS) for p in d.planned_care
)
_OPERABLE = tuple(number for number, illness in enumerate(ILLNESSES) if illness.opcs)
TREATMENTS: tuple[Procedure, ...] = tuple(p for _, p, _ in _PLANNED) + tuple(
    _emergency_operation(ILLNESSES[number]) for number in _OPERABLE
)
# The operation of each illness as a treatment number; -1 where there is none.
OPERATION_OF = np.full(len(ILLNESSES), -1, dtype=np.int16)
OPERATION_OF[list(_OPERABLE)] = len(_PLANNED) + np.arange(len(_OPERABLE))

ILLNESS_STAY = np.array([illness.stay for illness in ILLNESSES])
ILLNESS_DEATH = np.array([illness.death for illness in ILLNESSES])
ILLNESS_OPERATED = np.array([illness.operated for illness in ILLNESSES])
MINUTES = np.array([treatment.minutes for treatment in TREATMENTS])
DAY_CASE = np.array([treatment.day_case for treatment in TREATMENTS])
STAY = np.array([treatment.stay for treatment in TREATMENTS])


def _draw(rng: np.random.Generator, numbers: Sequence[int], weights: Sequence[float], count: int) -> np.ndarray:
    total = np.cumsum(weights)
    return np.asarray(numbers, dtype=np.int16)[np.searchsorted(total, rng.random(count) * total[-1], side="right")]


def draw_illnesses(rng: np.random.Generator, department: int, count: int) -> np.ndarray:
    """`count` illness numbers as `department` meets them."""
    numbers = np.flatnonzero(department == _ILLNESS_DEPARTMENT).tolist()
    return _draw(rng, numbers, [ILLNESSES[number].weight for number in numbers], count)


def draw_treatments(rng: np.random.Generator, department: int, count: int, *, in_theatre: bool) -> np.ndarray:
    """`count` treatment numbers that `department` plans."""
    numbers = [number for number, (of, _, theatre) in enumerate(_PLANNED) if of == department and theatre == in_theatre]
    return _draw(rng, numbers, [TREATMENTS[number].weight for number in numbers], count)
