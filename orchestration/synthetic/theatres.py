"""Cases in theatre: booked onto lists, timed one after the other, cancelled for reasons, staffed by role."""

import numpy as np

from orchestration.synthetic import treatments
from orchestration.synthetic.catalogue import ANAESTHETICS, DEPARTMENTS
from orchestration.synthetic.days import MINUTES_A_DAY, is_winter
from orchestration.synthetic.practice import Practice
from orchestration.synthetic.rota import NOBODY, Rota
from orchestration.synthetic.workforce import ASSOCIATE, REGISTRAR

CASE = np.dtype(
    [
        ("number", "i8"), ("list", "i4"), ("patient", "i4"), ("spell", "i8"), ("order", "i2"), ("urgency", "i1"),
        ("t1", "i8"), ("t2", "i8"), ("t3", "i8"), ("t4", "i8"), ("surgeon", "i2"), ("supervisor", "i2"),
        ("anaesthetist", "i2"), ("assistant", "i2"), ("treatment", "i2"), ("asa", "i1"), ("is_return", "?"),
        ("operated", "?"), ("cancelled_at", "i8"), ("reason", "i1"), ("postponed", "i1"),
    ]
)  # fmt: skip
REASONS = ("H1", "H2", "H3", "H4", "H5", "M1", "P1", "P2")
NO_REASON = -1
BLANK = -1
_MOST_CASES = 12
# Minutes beside the surgery, as a constant and a share of it: bigger operations need more of each.
_ANAESTHETIC, _OUT, _GAP = (5.0, 0.09), (3.0, 0.03), (4.0, 0.06)
# On the day, of all booked: no bed, staff, equipment, emergency, unfit, patient cancelled, did not attend.
_ON_THE_DAY = np.array([0.0, 0.006, 0.004, 0.003, 0.005, 0.012, 0.008, 0.009])
_BEFORE_THE_DAY = 0.05
_BEFORE_REASONS = np.array([0, 0.12, 0.12, 0.04, 0, 0.27, 0.45, 0])
_TRAINEE, _ASSOCIATE = 0.26, 0.33


def book(rng: np.random.Generator, lists: np.ndarray, practice: Practice) -> np.ndarray:
    """Fill elective `lists` with cases until their planned time is used, as their owners book: no patients yet."""
    parts = []
    for department in np.unique(lists["department"]):
        mine = np.flatnonzero(lists["department"] == department)
        drawn = treatments.draw_treatments(rng, int(department), len(mine) * _MOST_CASES, in_theatre=True)
        drawn = drawn.reshape(len(mine), _MOST_CASES)
        needed = _minutes_of(drawn) + _beside(drawn, _GAP)
        planned = (lists["finish"] - lists["start"])[mine]
        room = planned * practice.effects["booking"][lists["owner"][mine]]
        booked = np.zeros(drawn.shape, dtype=bool)
        for column in range(_MOST_CASES):
            # The first patient is booked whatever the time; after that, who still fits.
            booked[:, column] = (needed[:, column] <= room) | (column == 0)
            room = room - np.where(booked[:, column], needed[:, column], 0)
        row, place = np.nonzero(booked)
        cases = np.zeros(len(row), CASE)
        cases["list"], cases["treatment"] = mine[row], drawn[row, place]
        parts.append(cases)
    cases = np.concatenate(parts)
    # Long operations come first on a list, as a rule.
    first = -treatments.MINUTES[cases["treatment"]] * rng.lognormal(0, 0.5, len(cases))
    cases = cases[np.lexsort((first, cases["list"]))]
    cases["order"] = _before_each(np.ones(len(cases), dtype=int), cases["list"]) + 1
    cases["urgency"] = 4
    return cases


def _beside(treatment: np.ndarray, part: tuple[float, float]) -> np.ndarray:
    """Minutes of one `part` of the work around each treatment."""
    return part[0] + part[1] * treatments.MINUTES[treatment]


def _minutes_of(treatment: np.ndarray) -> np.ndarray:
    """Minutes in theatre that each treatment is expected to take."""
    return treatments.MINUTES[treatment] * 1.04 + _beside(treatment, _ANAESTHETIC) + _beside(treatment, _OUT)


def _before_each(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Sum of the earlier `values` of the same `group`; groups lie together."""
    total = np.cumsum(values) - values
    first = np.concatenate([[True], group[1:] != group[:-1]]) if len(group) else np.zeros(0, dtype=bool)
    return total - total[np.flatnonzero(first)][np.cumsum(first) - 1] if len(group) else total


def run(rng: np.random.Generator, cases: np.ndarray, lists: np.ndarray, practice: Practice) -> None:
    """Cancel some `cases` of elective lists, time the others and cancel those for which no time is left."""
    count = len(cases)
    of = lists[cases["list"]]
    cases["operated"] = True
    cases["reason"], cases["postponed"], cases["cancelled_at"] = NO_REASON, BLANK, BLANK
    before = (rng.random(count) < _BEFORE_THE_DAY) | ~of["held"]
    reason = rng.choice(len(REASONS), count, p=_BEFORE_REASONS / _BEFORE_REASONS.sum())
    _cancel(cases, before, np.where(of["held"], reason, 2), _days_before(rng, of["day"]))
    chances = np.tile(_ON_THE_DAY, (count, 1))
    chances[is_winter(of["day"]), 1] *= 2.2
    total = np.cumsum(chances, axis=1)
    draw = rng.random(count)
    that_day = cases["operated"] & (draw < total[:, -1])
    reason = np.minimum((total <= draw[:, None]).sum(axis=1), len(REASONS) - 1)
    morning = of["day"] * MINUTES_A_DAY + rng.integers(435, 600, count)
    _cancel(cases, that_day, reason, morning)
    _time(rng, cases, lists, practice)
    expected = _minutes_of(cases["treatment"])
    patience = rng.normal(70, 30, count)
    late = cases["operated"] & (cases["order"] > 1) & (cases["t1"] + expected > of["finish"] + patience)
    # Once one case is cancelled for time, so are those after it.
    late = cases["operated"] & (late | (_before_each(late.astype(int), cases["list"]) > 0))
    _cancel(cases, late, np.zeros(count, dtype=int), np.maximum(cases["t1"] - 30, morning))
    by_hospital = (that_day | late) & (cases["reason"] <= 4)
    cases["postponed"] = np.where(by_hospital, rng.random(count) < 0.08, cases["postponed"])
    for name in ("t1", "t2", "t3", "t4"):
        cases[name][~cases["operated"]] = BLANK


def _days_before(rng: np.random.Generator, day: np.ndarray) -> np.ndarray:
    ahead = rng.integers(1, 15, len(day))
    return (day - ahead) * MINUTES_A_DAY + rng.integers(540, 1020, len(day))


def _cancel(cases: np.ndarray, which: np.ndarray, reason: np.ndarray, at: np.ndarray) -> None:
    cases["operated"][which] = False
    cases["reason"][which] = reason[which]
    cases["cancelled_at"][which] = at[which]


def _time(rng: np.random.Generator, cases: np.ndarray, lists: np.ndarray, practice: Practice) -> None:
    """Set the four times of operated cases: each begins when the one before is out, or a little earlier."""
    operated = np.flatnonzero(cases["operated"])
    of, count = cases["list"][operated], len(operated)
    treatment = cases["treatment"][operated]
    surgery = np.maximum(treatments.MINUTES[treatment] * rng.lognormal(0, 0.27, count), 4)
    anaesthetic = rng.gamma(4, _beside(treatment, _ANAESTHETIC) / 4, count) + 1
    out = rng.gamma(3, _beside(treatment, _OUT) / 3, count) + 1
    # Now and then the next patient is anaesthetised while the last one is still in theatre.
    gap = np.where(
        rng.random(count) < 0.07, -rng.uniform(3, 15, count), rng.gamma(2.5, _beside(treatment, _GAP) / 2.5, count)
    )
    minutes = (np.rint(part).astype(np.int64) for part in (surgery, anaesthetic, out, gap))
    cut, prepare, leave, change = minutes
    first = lists["start"] + _lateness(rng, lists, practice)
    cases["t1"][operated] = first[of] + _before_each(cut + prepare + leave + change, of)
    cases["t2"][operated] = cases["t1"][operated] + prepare
    cases["t3"][operated] = cases["t2"][operated] + cut
    cases["t4"][operated] = cases["t3"][operated] + leave


def _lateness(rng: np.random.Generator, lists: np.ndarray, practice: Practice) -> np.ndarray:
    """Minutes from planned start to the first patient; a fifth of lists start early."""
    count = len(lists)
    minutes = rng.gamma(1.6, 9, count) + practice.effects["late"][lists["owner"]]
    step = practice.late_step
    minutes += step.size * ((lists["theatre"] == step.number) & (lists["day"] >= step.day))
    early = (rng.random(count) < 0.2) & (minutes < 25)
    return np.rint(np.where(early, -rng.uniform(0, 8, count), np.maximum(minutes, -8))).astype(np.int64)


def staff(
    rng: np.random.Generator,
    rota: Rota,
    cases: np.ndarray,
    *,
    department: np.ndarray,
    day: np.ndarray,
    responsible: np.ndarray,
) -> None:
    """Give each case its people: `responsible` operates, or supervises a trainee, or is relieved by an associate."""
    cases["anaesthetist"] = rota.choose(rng, ANAESTHETICS, day)
    cases["surgeon"], cases["supervisor"], cases["assistant"] = responsible, NOBODY, NOBODY
    who = rng.random(len(cases))
    for number in range(len(DEPARTMENTS)):
        mine = np.flatnonzero(department == number)
        if not len(mine):
            continue
        trainee = rota.choose(rng, number, day[mine], REGISTRAR)
        associate = rota.choose(rng, number, day[mine], ASSOCIATE)
        by_trainee = (who[mine] < _TRAINEE) & (trainee != NOBODY)
        by_associate = (who[mine] >= _TRAINEE) & (who[mine] < _ASSOCIATE) & (associate != NOBODY)
        cases["supervisor"][mine[by_trainee]] = responsible[mine[by_trainee]]
        cases["surgeon"][mine[by_trainee]] = trainee[by_trainee]
        cases["surgeon"][mine[by_associate]] = associate[by_associate]
        cases["assistant"][mine[~by_trainee]] = trainee[~by_trainee]
    cancelled = ~cases["operated"]
    for name in ("surgeon", "supervisor", "assistant", "anaesthetist"):
        cases[name][cancelled] = NOBODY
    cases["surgeon"][cancelled] = responsible[cancelled]


def unplanned(
    rng: np.random.Generator,
    lists: np.ndarray,
    practice: Practice,
    *,
    day: np.ndarray,
    kind: np.ndarray,
    treatment: np.ndarray,
) -> np.ndarray:
    """Cases on trauma and emergency `lists` of the wanted `day` and `kind`, in the order in which they are asked."""
    count = len(day)
    cases = np.zeros(count, CASE)
    key = lists["kind"].astype(np.int64) * 10**6 + lists["day"]
    wanted = kind.astype(np.int64) * 10**6 + day
    order = np.argsort(key, kind="stable")
    first = np.searchsorted(key[order], wanted)
    choices = np.searchsorted(key[order], wanted, side="right") - first
    cases["list"] = order[first + rng.integers(0, choices)]
    cases["treatment"] = treatment
    cases["operated"], cases["reason"], cases["postponed"], cases["cancelled_at"] = True, NO_REASON, BLANK, BLANK
    cases["urgency"] = rng.choice((1, 2, 3), count, p=(0.06, 0.62, 0.32))
    by_list = np.argsort(cases["list"], kind="stable")
    cases["order"][by_list] = _before_each(np.ones(count, dtype=int), cases["list"][by_list]) + 1
    placed = cases[by_list]
    _time(rng, placed, lists, practice)
    cases[by_list] = placed
    return cases
