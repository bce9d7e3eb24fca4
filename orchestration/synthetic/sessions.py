"""Weekly sessions: the lists in theatre and the clinics that each consultant's post holds, day by day."""

import numpy as np

from orchestration.synthetic import days, rota
from orchestration.synthetic.catalogue import DEPARTMENTS, ORTHOPAEDICS, SURGERY
from orchestration.synthetic.days import MINUTES_A_DAY, DataYear
from orchestration.synthetic.workforce import CONSULTANT, Workforce

SLOT = np.dtype(
    [("post", "i2"), ("department", "i2"), ("weekday", "i1"), ("half", "i1"), ("place", "i2"), ("code", "i4")]
)
ELECTIVE, TRAUMA, EMERGENCY = range(3)
LIST = np.dtype(
    [
        ("number", "i8"), ("theatre", "i2"), ("day", "i4"), ("start", "i8"), ("finish", "i8"), ("owner", "i2"),
        ("operator", "i2"), ("department", "i2"), ("kind", "i1"), ("held", "?"),
    ]
)  # fmt: skip
CLINIC = np.dtype(
    [("code", "i4"), ("day", "i4"), ("consultant", "i2"), ("department", "i2"), ("new", "i2"), ("follow_up", "i2"),
     ("held", "?")]
)  # fmt: skip
WHOLE_DAY = 2
# Minutes after midnight of planned start and finish: morning, afternoon, whole day.
_HOURS = np.array([(510, 720), (810, 1050), (510, 1050)])
_EMERGENCY_HOURS = {TRAUMA: (510, 1050), EMERGENCY: (480, 1200)}
_LENT = 0.06
_CANCELLED_LIST = 0.025
_CANCELLED_CLINIC = 0.03
_OPERATIONS_PER_EMERGENCY_LIST = 5


def slots(workforce: Workforce, of: str) -> np.ndarray:
    """Weekly slots of every consultant post: `of` is 'lists' or 'clinics'."""
    found = []
    used = dict.fromkeys(range(len(DEPARTMENTS)), 0)
    first_theatre = 0
    theatres: dict[int, int] = {}
    posts = workforce.posts
    for number, post in enumerate(posts):
        department = int(post["department"])
        kind = DEPARTMENTS[department]
        if workforce.clinicians["grade"][post["clinician"]] != CONSULTANT:
            continue
        weekly = getattr(kind, of) * post["share"] * workforce.clinicians["volume"][post["clinician"]]
        # Alternate up and down so that a department's total is right whatever its size.
        count = int(weekly + (number % 10) / 10)
        for _ in range(count):
            order = used[department]
            used[department] += 1
            half = WHOLE_DAY if of == "lists" and kind.all_day else order // 5 % 2
            place = order // (5 if half == WHOLE_DAY else 10)
            found.append((number, department, order % 5, half, place, order + 1))
    table = np.array(found, SLOT)
    for department in range(len(DEPARTMENTS)):
        mine = table["department"] == department
        if of == "lists" and mine.any():
            theatres[department] = first_theatre
            table["place"][mine] += first_theatre
            first_theatre = int(table["place"][mine].max()) + 1
    return table


def _dates(
    rng: np.random.Generator, table: np.ndarray, workforce: Workforce, *, leave: np.ndarray, start: int, end: int
) -> tuple[np.ndarray, np.ndarray]:
    """Days from `start` to `end` on which each slot is worked: (row of `table`, day)."""
    monday = start - int(days.weekday(np.array([start]))[0])
    weeks = np.arange((end - monday) // 7 + 1)
    row, week = np.repeat(np.arange(len(table)), len(weeks)), np.tile(weeks, len(table))
    day = (monday + 7 * week + table["weekday"][row]).astype(np.int32)
    post = workforce.posts[table["post"][row]]
    worked = (
        (day >= start) & (day <= end) & (day >= post["start"]) & (day <= post["end"]) & days.is_working(day)
        & ~leave[post["clinician"], week] & (rng.random(len(day)) < days.planned_share(day))
    )  # fmt: skip
    return row[worked], day[worked]


def theatre_lists(
    rng: np.random.Generator,
    table: np.ndarray,
    workforce: Workforce,
    staff: rota.Rota,
    *,
    leave: np.ndarray,
    year: DataYear,
) -> np.ndarray:
    """The planned elective lists of `year` in order of day; `operator` is not the owner where a list is lent."""
    row, day = _dates(rng, table, workforce, leave=leave, start=year.start, end=year.end)
    order = np.lexsort((table["place"][row], day))
    row, day = row[order], day[order]
    lists = np.zeros(len(row), LIST)
    hours = _HOURS[table["half"][row]]
    lists["theatre"], lists["day"], lists["kind"] = table["place"][row], day, ELECTIVE
    lists["start"], lists["finish"] = day * MINUTES_A_DAY + hours[:, 0], day * MINUTES_A_DAY + hours[:, 1]
    lists["owner"] = workforce.posts["clinician"][table["post"][row]]
    lists["operator"] = lists["owner"]
    lists["department"] = table["department"][row]
    lists["held"] = rng.random(len(row)) > _CANCELLED_LIST
    for department in np.unique(lists["department"]):
        lent = (lists["department"] == department) & (rng.random(len(row)) < _LENT)
        lists["operator"][lent] = staff.choose(rng, int(department), lists["day"][lent])
    return lists


def emergency_lists(
    rng: np.random.Generator, staff: rota.Rota, year: DataYear, operations: dict[int, int]
) -> np.ndarray:
    """One or more trauma and emergency lists on every day of `year`, enough for so many `operations` a year."""
    parts = []
    for kind, department in ((TRAUMA, ORTHOPAEDICS), (EMERGENCY, SURGERY)):
        each_day = max(1, round(operations.get(kind, 0) / 365 / _OPERATIONS_PER_EMERGENCY_LIST))
        day = np.repeat(np.arange(year.start, year.end + 1, dtype=np.int64), each_day)
        lists = np.zeros(len(day), LIST)
        lists["day"], lists["kind"], lists["department"] = day, kind, department
        lists["theatre"] = (900 if kind == TRAUMA else 950) + np.tile(np.arange(each_day), year.end + 1 - year.start)
        start, finish = _EMERGENCY_HOURS[kind]
        lists["start"], lists["finish"] = day * MINUTES_A_DAY + start, day * MINUTES_A_DAY + finish
        lists["owner"] = staff.choose(rng, department, day)
        lists["operator"] = lists["owner"]
        lists["held"] = True
        parts.append(lists)
    return np.concatenate(parts)


def clinics(
    rng: np.random.Generator, table: np.ndarray, workforce: Workforce, *, leave: np.ndarray, start: int, end: int
) -> np.ndarray:
    """Clinic sessions from day `start` to `end`, held or cancelled, with the slots offered."""
    row, day = _dates(rng, table, workforce, leave=leave, start=start, end=end)
    order = np.lexsort((table["code"][row], table["department"][row], day))
    row, day = row[order], day[order]
    sessions = np.zeros(len(row), CLINIC)
    sessions["code"] = table["department"][row].astype(np.int32) * 10_000 + table["code"][row]
    sessions["day"], sessions["department"] = day, table["department"][row]
    sessions["consultant"] = workforce.posts["clinician"][table["post"][row]]
    for name, attribute in (("new", "new_slots"), ("follow_up", "follow_up_slots")):
        sessions[name] = np.array([getattr(d, attribute) for d in DEPARTMENTS])[sessions["department"]]
    sessions["held"] = rng.random(len(row)) > _CANCELLED_CLINIC
    return sessions
