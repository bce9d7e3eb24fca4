"""The trust's people: clinicians, their dated posts, and who leads or audits which unit."""

from dataclasses import dataclass

import numpy as np

from orchestration.synthetic import names
from orchestration.synthetic.catalogue import (
    CARDIOLOGY,
    DEPARTMENTS,
    DIVISIONS,
    GERIATRICS,
    GYNAECOLOGY,
    MEDICINE,
    OBSTETRICS,
    TRUST_CODE,
)
from orchestration.synthetic.days import NEVER, DataYear, first_of_month, stream
from orchestration.synthetic.errors import SyntheticError

SMALLEST = len(DEPARTMENTS)
CONSULTANT, ASSOCIATE, REGISTRAR = range(3)
GRADES = ("consultant", "associate specialist", "registrar")
_SHARE_OF_CONSULTANTS = 0.72
_SHARE_OF_ASSOCIATES = 0.07
# Departments whose consultants often also work in another one.
_SECOND_POST = {GYNAECOLOGY: OBSTETRICS, GERIATRICS: MEDICINE, CARDIOLOGY: MEDICINE}

CLINICIAN = np.dtype([("department", "i2"), ("grade", "i1"), ("volume", "f4")])
POST = np.dtype([("clinician", "i2"), ("department", "i2"), ("share", "f4"), ("start", "i4"), ("end", "i4")])


@dataclass(frozen=True)
class Leader:
    """A person who leads or audits a unit."""

    user: str
    person: str
    role: str
    unit: str
    start: int
    end: int


@dataclass(frozen=True)
class Workforce:
    """Everyone. `clinicians` and `posts` are arrays of `CLINICIAN` and `POST`; a clinician is a row number."""

    codes: tuple[str, ...]
    people: tuple[str, ...]
    users: tuple[str, ...]
    clinicians: np.ndarray
    posts: np.ndarray
    leaders: tuple[Leader, ...]
    moved_on: int

    def steady(self, department: int) -> list[int]:
        """Consultants with one whole post in `department` throughout: those in whom practice can be planted."""
        posts = self.posts[self.posts["share"] == 1.0]
        whole = posts[(posts["end"] == NEVER) & (posts["start"] == self.posts["start"].min())]
        of = whole["clinician"][whole["department"] == department]
        return [int(number) for number in of if self.clinicians["grade"][number] == CONSULTANT]


def local_code(clinician: int) -> str:
    """Code of a clinician in the theatre system, where that does not write the GMC number."""
    return f"OR-{clinician + 1:04d}"


def spread(total: int, weights: list[float], least: int = 0) -> list[int]:
    """Divide `total` in proportion to `weights`, by largest remainder, each part at least `least`."""
    shares = np.array(weights) / sum(weights) * (total - least * len(weights))
    parts = np.floor(shares).astype(int)
    for number in np.argsort(parts - shares, kind="stable")[: total - least * len(weights) - parts.sum()]:
        parts[number] += 1
    return [int(part) + least for part in parts]


def build(seed: int, clinicians: int, years: tuple[DataYear, ...]) -> Workforce:
    """Employ `clinicians` people over `years`."""
    if clinicians < SMALLEST:
        raise SyntheticError(f"A trust needs at least {SMALLEST} clinicians, one for each department: ask for more.")
    rng = stream(seed, "workforce")
    consultants = max(round(clinicians * _SHARE_OF_CONSULTANTS), SMALLEST)
    associates = min(round(clinicians * _SHARE_OF_ASSOCIATES), clinicians - consultants)
    registrars = clinicians - consultants - associates
    juniors = [department.juniors for department in DEPARTMENTS]
    table = np.concatenate(
        [
            _of_grade(spread(consultants, [d.consultants for d in DEPARTMENTS], 1), CONSULTANT),
            _of_grade(spread(associates, juniors), ASSOCIATE),
            _of_grade(spread(registrars, juniors), REGISTRAR),
        ]
    )
    table["volume"] = rng.lognormal(-0.02, 0.2, clinicians)
    invented = names.people(rng, clinicians + 40)
    surgical = [bool(DEPARTMENTS[d].operations) or d == OBSTETRICS for d in table["department"]]
    return Workforce(
        codes=tuple(f"C9{number:06d}" for number in 100_003 + 7 * np.arange(clinicians)),
        people=tuple(
            f"{names.title(rng, is_surgeon=surgeon)} {initial} {surname}"
            for surgeon, (initial, surname) in zip(surgical, invented, strict=False)
        ),
        users=tuple(f"{initial}.{surname}".lower() for initial, surname in invented[:clinicians]),
        clinicians=table,
        posts=_posts(rng, table, years),
        leaders=_leaders(invented[clinicians:], years),
        moved_on=first_of_month(round(years[0].start + 0.6 * (years[-1].end - years[0].start))),
    )


def _of_grade(counts: list[int], grade: int) -> np.ndarray:
    table = np.zeros(sum(counts), CLINICIAN)
    table["department"] = np.repeat(np.arange(len(counts)), counts)
    table["grade"] = grade
    return table


def _posts(rng: np.random.Generator, table: np.ndarray, years: tuple[DataYear, ...]) -> np.ndarray:
    """Most people hold one whole post; some work part time, hold two, come, go or move inside the period."""
    before = years[0].start - 365
    posts = []
    for number, (department, grade) in enumerate(zip(table["department"], table["grade"], strict=True)):
        chance = rng.random(3)
        change = first_of_month(int(rng.integers(years[0].start + 60, years[-1].end - 60)))
        second = _SECOND_POST.get(int(department))
        # The first consultant of each department stays whole and still, so that it is never without one.
        is_first = grade == CONSULTANT and not (table["department"][:number] == department).any()
        if grade != CONSULTANT or is_first:
            posts.append((number, department, 1.0, before, NEVER))
        elif second is not None and chance[0] < 0.45:
            posts.append((number, department, 0.6, before, NEVER))
            posts.append((number, second, 0.4, before, NEVER))
        elif second is not None and chance[0] < 0.6:
            posts.append((number, department, 1.0, before, change - 1))
            posts.append((number, second, 1.0, change, NEVER))
        elif chance[1] < 0.05:
            posts.append((number, department, 1.0, before, change - 1))
        elif chance[1] < 0.10:
            posts.append((number, department, 1.0, change, NEVER))
        else:
            share = 1.0 if chance[2] < 0.8 else float(rng.choice([0.6, 0.8]))
            posts.append((number, department, share, before, NEVER))
    return np.array(posts, POST)


def _leaders(invented: list[tuple[str, str]], years: tuple[DataYear, ...]) -> tuple[Leader, ...]:
    """One lead per department, director per division, three executives, one auditor; one lead has changed."""
    begin = years[0].start - 365
    change = first_of_month((years[0].start + years[-1].end) // 2)
    spare = iter(f"Dr {initial} {surname}" for initial, surname in invented)
    leaders = []
    for department in DEPARTMENTS:
        start = change if department.code == DEPARTMENTS[CARDIOLOGY].code else begin
        user = f"lead.{department.user}"
        leaders.append(Leader(user, next(spare), "clinical lead", department.code, start, NEVER))
        if start != begin:
            former = Leader(f"{user}.former", next(spare), "clinical lead", department.code, begin, start - 1)
            leaders.append(former)
    for code, (_, user) in DIVISIONS.items():
        leaders.append(Leader(f"director.{user}", next(spare), "divisional director", code, begin, NEVER))
    for user in ("medical.director", "chief.executive", "chief.operating.officer"):
        leaders.append(Leader(user, next(spare), "executive", TRUST_CODE, begin, NEVER))
    leaders.append(Leader("auditor", next(spare), "auditor", TRUST_CODE, begin, NEVER))
    return tuple(leaders)
