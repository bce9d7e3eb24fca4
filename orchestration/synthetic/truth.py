"""The planted truth as files beside the extracts: what the system should later find, and where it stands."""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from orchestration.synthetic.catalogue import DEPARTMENTS
from orchestration.synthetic.days import date_of
from orchestration.synthetic.mistakes import (
    BROKEN,
    DEFAULT_CODE,
    LATE_CORRECTION,
    OTHER_CODE,
    REPEATED,
    TIME_FAULT,
    WRONG_ATTRIBUTION,
    Planted,
)
from orchestration.synthetic.practice import PRACTICE, Practice, Step
from orchestration.synthetic.workforce import GRADES, Workforce

FOLDER = "truth"
_FILES = {
    WRONG_ATTRIBUTION: "wrong_attribution.csv",
    DEFAULT_CODE: "default_codes.csv",
    OTHER_CODE: "other_codes.csv",
    LATE_CORRECTION: "late_corrections.csv",
    REPEATED: "duplicates.csv",
    TIME_FAULT: "theatre_time_faults.csv",
    BROKEN: "broken_rows.csv",
}
_README = """# What is planted in these extracts

Nobody here is real. The extracts are true but for what these files list; a measure computed after each mistake is put
right equals the truth. Line 1 of an extract is its header. `record_key` is the business key of the row, joined by `|`.

| file | one row per |
|---|---|
| trust.json | the options with which this trust was made |
| files.csv | extract file: its rows, and how many of them are broken or exact copies |
| clinicians.csv | clinician: true effects after case-mix (log-odds, factor on days, minutes), and which are planted |
| steps.json | change of one department's or theatre's practice on a day |
| wrong_attribution.csv | episode whose consultant in PAS is not the one who treated the patient (`true_value`) |
| default_codes.csv | row with a default consultant code in place of the true one |
| other_codes.csv | theatre case whose surgeon is written as a local code or a name (`true_value`: consultant code) |
| other_numbers.csv | hospital number that was given by mistake to a patient who had one |
| late_corrections.csv | cell that was wrong at first; `corrected_in_file` sends the row again, right |
| duplicates.csv | line that is an exact copy of an earlier one, in the same file or sent again later |
| theatre_time_faults.csv | operated case whose times are missing, out of order or longer than a day |
| broken_rows.csv | row that its contract does not allow: it belongs in quarantine, by file and line |

`corrected_in_file` names the later file that holds the row as it should be; empty: it is never put right.
"""


@dataclass(frozen=True)
class FileTruth:
    """One extract file as written."""

    file_name: str
    extract: str
    row_count: int
    broken_count: int
    duplicate_count: int


def write(
    folder: Path,
    *,
    options: dict[str, object],
    workforce: Workforce,
    practice: Practice,
    planted: Sequence[Planted],
    other_numbers: Sequence[tuple[str, str]],
    files: Sequence[tuple[str, str, int]],
) -> None:
    """Write the truth into `folder`.

    `files` are (extract, file name, rows), `other_numbers` (hospital number, the patient's number in use).
    """
    folder.mkdir(exist_ok=True)
    (folder / "README.md").write_text(_README, "utf-8")
    (folder / "trust.json").write_text(json.dumps(options, indent=2) + "\n", "utf-8")
    steps = [_step(step) for step in (practice.missed_step, practice.late_step)]
    (folder / "steps.json").write_text(json.dumps(steps, indent=2) + "\n", "utf-8")
    _csv(folder / "clinicians.csv", *_clinicians(workforce, practice))
    names = [field.name for field in fields(Planted)][1:]
    for kind, name in _FILES.items():
        _csv(folder / name, names, ([*asdict(one).values()][1:] for one in planted if one.kind == kind))
    _csv(folder / "other_numbers.csv", ["local_patient_identifier", "true_value"], other_numbers)
    rows = [
        FileTruth(name, extract, count, _lines(planted, BROKEN, name), _lines(planted, REPEATED, name))
        for extract, name, count in files
    ]
    _csv(folder / "files.csv", [field.name for field in fields(FileTruth)], (asdict(row).values() for row in rows))


def _lines(planted: Sequence[Planted], kind: str, file: str) -> int:
    return len({one.line_number for one in planted if one.kind == kind and one.file_name == file})


def _csv(path: Path, names: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)


def _step(step: Step) -> dict[str, object]:
    department = DEPARTMENTS[step.number]
    unit = department.code if step.unit == "department" else f"TH{step.number + 1:02d}"
    measure = {"missed": "dna_rate", "late": "late_start_minutes"}[step.effect]
    scale = {"missed": "log-odds", "late": "minutes"}[step.effect]
    return {
        "unit": step.unit,
        "unit_code": unit,
        "measure_id": measure,
        "from_on": str(date_of(step.day)),
        "size": step.size,
        "scale": scale,
    }


def _clinicians(workforce: Workforce, practice: Practice) -> tuple[list[str], list[list[object]]]:
    effects_of = PRACTICE.names or ()
    names = ["consultant_code", "clinician_name", "grade", "department_code", *effects_of]
    planted = {one.clinician: one for one in practice.planted}
    rows = []
    for number, code in enumerate(workforce.codes):
        clinician, effects = workforce.clinicians[number], practice.effects[number]
        one = planted.get(number)
        effect = [one.effect, one.size, one.meaning] if one else ["", "", ""]
        numbers = [round(float(effects[name]), 3) for name in effects_of]
        who = [code, workforce.people[number], GRADES[clinician["grade"]], DEPARTMENTS[clinician["department"]].code]
        rows.append([*who, *numbers, *effect])
    return [*names, "planted_effect", "planted_size", "planted_meaning"], rows
