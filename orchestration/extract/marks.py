"""What a file's name, or the line before its header, says of the whole delivery: its time, its period, its sender."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from orchestration.extract.contract import END_MARK, SENDER_MARK, START_MARK, TIME_MARK
from orchestration.extract.data_types import standard

_FORMS = {
    TIME_MARK: "[0-9]+(?:T[0-9]+)?",
    START_MARK: "[0-9]+",
    END_MARK: "[0-9]+",
    SENDER_MARK: "[A-Za-z0-9]+",
}
_TIMES = {8: "%Y%m%d", 13: "%Y%m%dT%H%M", 15: "%Y%m%dT%H%M%S"}


@dataclass(frozen=True)
class Marks:
    """What was said; None where it was not. The period is of whole days, its last day included."""

    extracted_at: datetime | None = None
    period_start: date | None = None
    period_end: date | None = None
    sender: str | None = None

    def filled_from(self, other: "Marks") -> "Marks":
        """Return these marks, those that are not here taken from `other`."""
        return Marks(
            *(mine if mine is not None else theirs for mine, theirs in zip(_all(self), _all(other), strict=True))
        )


def read(pattern: str, text: str) -> Marks | str | None:
    """Return the marks of `text`, None where it does not have the form of `pattern`, or what is wrong with a mark."""
    expression = re.escape(pattern)
    for mark, form in _FORMS.items():
        expression = expression.replace(re.escape(mark), f"(?P<{mark[1:-1]}>{form})")
    found = re.fullmatch(expression, text)
    return _marks(found.groupdict()) if found else None


def _marks(said: Mapping[str, str]) -> Marks | str:
    extracted_at = start = end = None
    if text := said.get("extracted_at"):
        extracted_at = _time(text)
        if extracted_at is None:
            return f"{text} is not an extract time YYYYMMDD, YYYYMMDDTHHMM or YYYYMMDDTHHMMSS"
    if (text := said.get("period_start")) and (until := said.get("period_end")):
        start, end = _day(text), _day(until)
        if start is None or end is None or end < start:
            return f"{text} to {until} is not a period of days YYYYMMDD"
    return Marks(extracted_at, start, end, said.get("sender"))


def _time(text: str) -> datetime | None:
    form = _TIMES.get(len(text))
    try:
        return standard(datetime.strptime(text, form)) if form else None
    except ValueError:
        return None


def _day(text: str) -> date | None:
    at = _time(text)
    return at.date() if at and len(text) == 8 else None


def _all(marks: Marks) -> tuple[datetime | date | str | None, ...]:
    return (marks.extracted_at, marks.period_start, marks.period_end, marks.sender)
