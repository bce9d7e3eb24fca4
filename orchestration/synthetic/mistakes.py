"""What goes wrong in the extracts: planned for each file, laid over its true rows, remembered as truth."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np

from orchestration.extract.contract import Column as Declared
from orchestration.synthetic.columns import Table
from orchestration.synthetic.days import DataYear, stream
from orchestration.synthetic.extract_file import Edits, Written, contract
from orchestration.synthetic.workforce import CONSULTANT, Workforce, local_code

EPISODE, ATTENDANCE, CASE = "pas__consultant_episode", "pas__outpatient_attendance", "theatre__theatre_case"
CORRECTED = (EPISODE, ATTENDANCE, CASE)
WRONG_ATTRIBUTION, DEFAULT_CODE, LATE_CORRECTION = "wrong_attribution", "default_code", "late_correction"
OTHER_CODE = "other_code"
TIME_FAULT, BROKEN, REPEATED, SENT_AGAIN = "theatre_time_fault", "broken_row", "duplicate", "duplicate_sent_again"
_BROKEN_A_FILE = 2
# Shares of the rows that can be so affected.
_WRONG, _WRONG_CORRECTED = 0.02, 0.3
_DEFAULT = {EPISODE: 0.006, ATTENDANCE: 0.01, "pas__elective_admission_list": 0.003, "theatre__theatre_list": 0.003}
_UNCODED, _NOT_DISCHARGED, _MISCODED_ATTENDANCE = 0.004, 0.001, 0.001
_CASE_CORRECTED, _TIME_FAULTS, _OTHER_CODES = 0.003, 0.009, 0.006
_REPEATED, _SENT_AGAIN = 0.0004, 0.0004
_BAD_DATES = ("2025-02-30", "31/02/2025", "20251301", "unknown")
_TIMES = ("into_anaesthetic_room_at", "knife_to_skin_at", "procedure_finish_at", "out_of_theatre_at")
_CONSULTANT_OF = {"theatre__theatre_list": "list_owner_consultant_code"}


@dataclass(frozen=True)
class Mistake:
    """One planted mistake in one row: cells written in place of the true ones, `width` fields only, or sent twice."""

    kind: str
    row: int
    cells: dict[str, str] = field(default_factory=dict)
    width: int | None = None
    is_corrected: bool = False
    note: str = ""


@dataclass(frozen=True)
class Planted:
    """A mistake as it stands in a file; a mistake in several cells makes several of these."""

    kind: str
    file_name: str
    line_number: int
    record_key: str
    column_name: str = ""
    written_value: str = ""
    true_value: str = ""
    corrected_in_file: str = ""
    note: str = ""


@dataclass
class Late:
    """Rows for one extract's file of late corrections, each with what it corrects or repeats."""

    rows: list[list[str]] = field(default_factory=list)
    repeats: list[tuple[int, Planted]] = field(default_factory=list)


class Mistakes:
    """Plans the mistakes of each file and keeps the truth about them."""

    def __init__(self, seed: int, workforce: Workforce, late_files: dict[str, str]) -> None:
        """`late_files` names the file of late corrections of each extract that gets one."""
        self._seed, self._workforce, self._late_files = seed, workforce, late_files
        self.planted: list[Planted] = []
        self.late = {extract: Late() for extract in late_files}

    def plan(self, extract: str, table: Table, year: DataYear) -> list[Mistake]:
        """Mistakes of the file of `extract` of one year: no row has two."""
        rng = stream(self._seed, f"mistakes {extract}", year.number)
        count = len(next(iter(table.values())))
        free = _Rows(rng, count)
        plans = {EPISODE: self._in_episodes, ATTENDANCE: _in_attendances, CASE: self._in_cases}
        mistakes = list(plans[extract](rng, table, free)) if extract in plans else []
        column = _CONSULTANT_OF.get(extract, "consultant_code")
        for row in free.take(_DEFAULT.get(extract, 0.0)):
            nurse = extract == ATTENDANCE and rng.random() < 0.3
            mistakes.append(Mistake(DEFAULT_CODE, row, {column: "N9999998" if nurse else "C9999998"}))
        if extract in CORRECTED:
            mistakes += [Mistake(REPEATED, row) for row in free.take(_REPEATED, least=2)]
            again = free.take(_SENT_AGAIN, _final(extract, table), least=2)
            mistakes += [Mistake(SENT_AGAIN, row, is_corrected=True) for row in again]
        mistakes += _broken(rng, extract, table, free)
        return mistakes

    def _in_episodes(self, rng: np.random.Generator, table: Table, free: "_Rows") -> Iterator[Mistake]:
        get = _getter(table)
        whole = (get("discharge_date_hospital_provider_spell") != "") & (get("episode_number") == "1")
        surgical = whole & (get("elective_admission_list_entry_number") != "")
        consultants, functions = get("consultant_code"), get("activity_treatment_function_code")
        for row in free.take(_WRONG, surgical):
            other = self._colleague(rng, consultants[row], functions[row])
            if other:
                corrected = rng.random() < _WRONG_CORRECTED
                yield Mistake(WRONG_ATTRIBUTION, row, {"consultant_code": other}, is_corrected=corrected)
        for row in free.take(_UNCODED, whole, least=2):
            first = {"primary_diagnosis_icd": "R69X", "secondary_diagnosis_icd_1": ""}
            yield Mistake(LATE_CORRECTION, row, first, is_corrected=True, note="coding changed")
        single = whole & (get("discharge_method_code") != "8")
        for row in free.take(_NOT_DISCHARGED, single, least=2):
            first = {
                "end_date_episode": "",
                "discharge_date_hospital_provider_spell": "",
                "discharge_method_code": "8",
                "discharge_destination_code": "",
            }
            yield Mistake(LATE_CORRECTION, row, first, is_corrected=True, note="discharge filled in")

    def _in_cases(self, rng: np.random.Generator, table: Table, free: "_Rows") -> Iterator[Mistake]:
        get = _getter(table)
        operated = (get("case_status_code") == "O") & (get("out_of_theatre_at") != "")
        times = [get(name) for name in _TIMES]
        for row in free.take(_TIME_FAULTS, operated, least=3):
            yield Mistake(TIME_FAULT, row, *_faulty_times(rng, [column[row] for column in times]))
        for row in free.take(_CASE_CORRECTED, operated, least=2):
            cells = {"out_of_theatre_at": ""} if rng.random() < 0.5 else {"operating_surgeon_code": ""}
            yield Mistake(LATE_CORRECTION, row, cells, is_corrected=True, note=f"{next(iter(cells))} filled in")
        surgeons = get("operating_surgeon_code")
        for row in free.take(_OTHER_CODES, operated & (surgeons != ""), least=4):
            surgeon = self._workforce.codes.index(surgeons[row])
            by_name = rng.random() < 0.5
            written = _surname_first(self._workforce.people[surgeon]) if by_name else local_code(surgeon)
            yield Mistake(
                OTHER_CODE, row, {"operating_surgeon_code": written}, note="name" if by_name else "local code"
            )

    def _colleague(self, rng: np.random.Generator, code: str, function: str) -> str:
        """Another consultant of the department in which `code` works; nothing where there is none."""
        if code not in self._workforce.codes:
            return ""
        clinicians = self._workforce.clinicians
        mine = self._workforce.codes.index(code)
        alike = (clinicians["department"] == clinicians["department"][mine]) & (clinicians["grade"] == CONSULTANT)
        alike[mine] = False
        found = np.flatnonzero(alike)
        return self._workforce.codes[int(rng.choice(found))] if len(found) and function else ""

    def edits(self, mistakes: Sequence[Mistake]) -> Edits:
        """The same mistakes as edits of a file."""
        return Edits(
            cells={one.row: one.cells for one in mistakes if one.cells},
            short={one.row: one.width for one in mistakes if one.width is not None},
            repeated={one.row for one in mistakes if one.kind == REPEATED},
            wanted={one.row for one in mistakes},
        )

    def remember(self, extract: str, mistakes: Sequence[Mistake], written: Written) -> None:
        """Keep where each of `mistakes` stands in the file as `written`, and what is to be sent later."""
        names = [column.name for column in contract(extract).columns]
        key = contract(extract).business_key
        late_file = self._late_files.get(extract, "")
        for one in sorted(mistakes, key=lambda mistake: mistake.row):
            true = dict(zip(names, written.kept[one.row], strict=True))
            line, record = written.lines[one.row], "|".join(true[name] for name in key)
            where = Planted(one.kind, written.name, line, record, note=one.note)
            where = replace(where, corrected_in_file=late_file if one.is_corrected else "")
            if one.kind == REPEATED:
                self.planted.append(replace(where, line_number=line + 1, note=f"copy of line {line}"))
            elif one.kind == SENT_AGAIN:
                self.late[extract].repeats.append((len(self.late[extract].rows), where))
            elif one.width is not None:
                self.planted.append(replace(where, note=f"{one.width} of {len(names)} fields"))
            for name, value in one.cells.items():
                self.planted.append(replace(where, column_name=name, written_value=value, true_value=true[name]))
            if one.is_corrected:
                self.late[extract].rows.append(written.kept[one.row])

    def remember_repeats(self, extract: str) -> None:
        """Keep which rows of the file of late corrections only repeat what has been sent before."""
        for row, first in self.late[extract].repeats:
            note = f"copy of line {first.line_number} of {first.file_name}"
            again = replace(first, kind=REPEATED, file_name=self._late_files[extract], line_number=row + 2, note=note)
            self.planted.append(replace(again, corrected_in_file=""))


class _Rows:
    """The rows of one file in which nothing is wrong yet."""

    def __init__(self, rng: np.random.Generator, count: int) -> None:
        self._rng, self._free = rng, np.ones(count, dtype=bool)

    def take(self, share: float, among: np.ndarray | None = None, least: int = 0) -> list[int]:
        """Choose a `share` of the rows `among` which it can be, `least` so many where there are."""
        rows = np.flatnonzero(self._free if among is None else self._free & among)
        wanted = min(max(round(share * len(rows)), least), len(rows))
        chosen = np.sort(self._rng.choice(rows, wanted, replace=False)) if wanted else rows[:0]
        self._free[chosen] = False
        return [int(row) for row in chosen]


def _final(extract: str, table: Table) -> np.ndarray:
    """Rows that no later file sends again with news: to send these once more, late, takes nothing back."""
    get = _getter(table)
    if extract == EPISODE:
        return get("discharge_date_hospital_provider_spell") != ""
    if extract == ATTENDANCE:
        return get("attended_or_did_not_attend_code") != "0"
    return get("theatre_case_identifier") != ""


def _getter(table: Table) -> Callable[[str], np.ndarray]:
    def get(name: str) -> np.ndarray:
        return np.array(table[name].text(slice(None)), dtype=object)

    return get


def _in_attendances(rng: np.random.Generator, table: Table, free: _Rows) -> Iterator[Mistake]:
    attended = _getter(table)("attended_or_did_not_attend_code")
    for row in free.take(_MISCODED_ATTENDANCE, attended == "3", least=2):
        cells = {"attended_or_did_not_attend_code": "5", "outcome_of_attendance_code": str(rng.integers(1, 4))}
        yield Mistake(LATE_CORRECTION, row, cells, is_corrected=True, note="did not attend after all")


def _surname_first(person: str) -> str:
    _, initial, surname = person.split()
    return f"{surname.upper()} {initial}"


def _faulty_times(rng: np.random.Generator, times: list[str]) -> tuple[dict[str, str], None, bool, str]:
    """Times of a case that cannot be: one missing, two in the wrong order, or out on another day."""
    first, second, _, last = _TIMES
    kind = rng.random()
    if kind < 0.5:
        name = str(rng.choice((first, last)))
        return {name: ""}, None, False, "missing"
    if kind < 0.85:
        early = _later(times[0], timedelta(minutes=-int(rng.integers(5, 60))))
        return {second: early}, None, False, "out of order"
    return {last: _later(times[3], timedelta(days=1, hours=2))}, None, False, "longer than a day"


def _later(text: str, by: timedelta) -> str:
    return str(datetime.fromisoformat(text) + by)


def _broken(rng: np.random.Generator, extract: str, table: Table, free: _Rows) -> Iterator[Mistake]:
    """A few rows that the contract of `extract` does not allow, each for another reason."""
    columns = contract(extract).columns
    keys = contract(extract).business_key
    ways = [
        ("bad date", [c for c in columns if c.data_type == "date"], _BAD_DATES),
        ("bad code", [c for c in columns if c.codes and c.name not in keys], ("ZZ", "?", "X9")),
        ("missing required", [c for c in columns if c.required], ("",)),
        ("bad number", [c for c in columns if c.data_type in ("integer", "numeric")], ("three", "1O", "12.5.1")),
        ("bad time", [c for c in columns if c.data_type == "timestamp"], ("2025-06-10 25:61:00", "morning")),
        ("too few fields", [], ()),
    ]  # fmt: skip
    possible = [way for way in ways if way[1] or not way[2]]
    first = int(rng.integers(len(possible)))
    can_be_sent_again = _final(extract, table) if extract in CORRECTED else None
    for number, row in enumerate(free.take(0, least=_BROKEN_A_FILE)):
        kind, among, values = possible[(first + number) % len(possible)]
        resent = can_be_sent_again is not None and bool(can_be_sent_again[row]) and number % 2 == 0
        if not among:
            yield Mistake(BROKEN, row, width=int(rng.integers(1, len(columns) - 1)), is_corrected=resent, note=kind)
            continue
        column: Declared = among[int(rng.integers(len(among)))]
        value = str(rng.choice(values))
        yield Mistake(BROKEN, row, {column.name: value}, is_corrected=resent, note=f"{kind} in {column.name}")
