"""Outpatient appointments: booked into clinic sessions, kept, missed or cancelled."""

import numpy as np

from orchestration.synthetic.admissions import Hospital
from orchestration.synthetic.catalogue import DEPARTMENTS
from orchestration.synthetic.course import chance
from orchestration.synthetic.days import is_winter
from orchestration.synthetic.waiting import pick

APPOINTMENT = np.dtype(
    [
        ("number", "i8"), ("patient", "i4"), ("day", "i4"), ("consultant", "i2"), ("department", "i2"), ("code", "i4"),
        ("first", "i1"), ("attended", "i1"), ("outcome", "i1"), ("referred", "i4"), ("has_procedure", "?"),
    ]
)  # fmt: skip
FIRST, FOLLOW_UP, FIRST_REMOTE, FOLLOW_UP_REMOTE, ADMINISTRATIVE = 1, 2, 3, 4, 5
ON_TIME, LATE, TOO_LATE, BY_PATIENT, MISSED, BY_HOSPITAL, FUTURE = 5, 6, 7, 2, 3, 4, 0
_BY_PATIENT, _BY_HOSPITAL = 0.07, 0.035
_BOOKED = 0.95


def book(rng: np.random.Generator, hospital: Hospital, sessions: np.ndarray) -> np.ndarray:
    """Appointments of `sessions`, one row each, and what came of them."""
    new, follow_up = (rng.binomial(sessions[name], _BOOKED) for name in ("new", "follow_up"))
    session = np.repeat(np.tile(np.arange(len(sessions)), 2), np.concatenate([new, follow_up]))
    first = np.where(np.arange(len(session)) < new.sum(), FIRST, FOLLOW_UP)
    order = np.argsort(session, kind="stable")
    session, first = session[order], first[order]
    rows = np.zeros(len(session), APPOINTMENT)
    for name in ("day", "consultant", "department", "code"):
        rows[name] = sessions[name][session]
    count = len(rows)
    rows["patient"] = pick(rng, hospital, rows["department"], rows["consultant"])
    remote = rng.random(count) < np.where(first == FIRST, 0.10, 0.26)
    rows["first"] = np.where(remote, first + 2, first)
    rows["first"][rng.random(count) < 0.004] = ADMINISTRATIVE
    rows["referred"] = rows["day"] - rng.gamma(2.0, np.where(first == FIRST, 32, 130), count).astype(int) - 2
    _keep(rng, hospital, rows, sessions["held"][session])
    alive = hospital.population.records["death"][rows["patient"]] >= rows["day"]
    born = hospital.population.records["birth"][rows["patient"]] <= rows["day"]
    return rows[alive & born]


def _keep(rng: np.random.Generator, hospital: Hospital, rows: np.ndarray, held: np.ndarray) -> None:
    """Who comes: younger and poorer people miss more, remote appointments are missed less."""
    count, practice = len(rows), hospital.practice
    age = np.clip(hospital.population.age(rows["patient"], rows["day"]), 0, 95)
    deprivation = hospital.population.records["deprivation"][rows["patient"]]
    usual = np.array([department.dna for department in DEPARTMENTS])[rows["department"]]
    step = practice.missed_step
    log_odds = (
        np.log(usual / (1 - usual))
        + 0.35 * ((age >= 17) & (age < 40))
        - 0.10 * (age > 60)
        + 0.07 * (5.5 - deprivation)
        + 0.12 * (rows["first"] % 2)
        - 0.35 * np.isin(rows["first"], (FIRST_REMOTE, FOLLOW_UP_REMOTE))
        + 0.08 * is_winter(rows["day"])
        + practice.effects["missed"][rows["consultant"]]
        + step.size * ((rows["department"] == step.number) & (rows["day"] >= step.day))
    )
    draw = rng.random((2, count))
    missed = rng.random(count) < chance(log_odds)
    code = np.where(draw[0] < 0.07, LATE, ON_TIME)
    code = np.where(missed, np.where(draw[0] < 0.04, TOO_LATE, MISSED), code)
    code = np.where(draw[1] < _BY_PATIENT, BY_PATIENT, code)
    code = np.where((draw[1] > 1 - _BY_HOSPITAL) | ~held, BY_HOSPITAL, code)
    rows["attended"] = code
    was_seen = np.isin(code, (ON_TIME, LATE))
    outcome = rng.choice((1, 2, 3), count, p=(0.31, 0.46, 0.23))
    rows["outcome"] = np.where(was_seen, outcome, 0)
    rows["has_procedure"] = was_seen & (rng.random(count) < 0.14)


def as_future(rows: np.ndarray) -> np.ndarray:
    """The same appointments as they stood before their day: nothing has come of them yet."""
    return _as(FUTURE, rows)


def cancelled(rows: np.ndarray) -> np.ndarray:
    """The same appointments, cancelled for patients who have died before their day."""
    return _as(BY_PATIENT, rows)


def _as(attended: int, rows: np.ndarray) -> np.ndarray:
    rows = rows.copy()
    rows["attended"], rows["outcome"], rows["has_procedure"] = attended, 0, False
    return rows
