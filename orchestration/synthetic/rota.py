"""Who is there: choosing clinicians by department, grade and day, and who is on leave."""

import numpy as np

from orchestration.synthetic.days import DataYear, stream
from orchestration.synthetic.workforce import CONSULTANT, Workforce

NOBODY = -1
_LEAVE = 0.13
_WEEKS_A_YEAR = 52


class Rota:
    """The posts of one trust, for choosing who takes which patient."""

    def __init__(self, workforce: Workforce) -> None:
        """Sort the posts by department and grade."""
        self._workforce = workforce
        posts = workforce.posts
        self._grade = workforce.clinicians["grade"][posts["clinician"]]
        self._weight = posts["share"] * workforce.clinicians["volume"][posts["clinician"]]
        self._changes = np.unique(np.concatenate([posts["start"], posts["end"] + 1]))

    def choose(
        self, rng: np.random.Generator, department: int, days: np.ndarray, grade: int = CONSULTANT
    ) -> np.ndarray:
        """A clinician of `grade` with a post in `department` on each of `days`, `NOBODY` where there is none."""
        posts = self._workforce.posts
        mine = (posts["department"] == department) & (self._grade == grade)
        chosen = np.full(len(days), NOBODY, dtype=np.int16)
        draws = rng.random(len(days))
        segment = np.searchsorted(self._changes, days, side="right")
        for number in np.unique(segment):
            at = segment == number
            day = days[at][0]
            valid = np.flatnonzero(mine & (posts["start"] <= day) & (posts["end"] >= day))
            if len(valid):
                total = np.cumsum(self._weight[valid])
                chosen[at] = posts["clinician"][valid][np.searchsorted(total, draws[at] * total[-1], side="right")]
        return chosen

    def whole_time(self, department: int, year: DataYear) -> float:
        """Whole-time consultants of `department` over `year`, by share, days and how much they take on."""
        posts = self._workforce.posts
        mine = (posts["department"] == department) & (self._grade == CONSULTANT)
        days = np.minimum(posts["end"], year.end) - np.maximum(posts["start"], year.start) + 1
        part = np.clip(days, 0, None) / (year.end - year.start + 1)
        return float((self._weight * part)[mine].sum())


def leave(seed: int, workforce: Workforce, year: DataYear) -> np.ndarray:
    """Weeks on leave, clinician by week from the start of `year` (a few weeks more than the year has)."""
    return stream(seed, "leave", year.number).random((len(workforce.clinicians), 60)) < _LEAVE


def leave_share(seed: int, workforce: Workforce, year: DataYear) -> np.ndarray:
    """Share of the weeks of `year` on leave, by clinician."""
    return leave(seed, workforce, year)[:, :_WEEKS_A_YEAR].mean(axis=1)
