"""Hospital numbers: a few patients were registered again at a visit, and PAS merged their numbers afterwards."""

from dataclasses import dataclass

import numpy as np

from orchestration.synthetic.columns import Column, Instant, Table, listed
from orchestration.synthetic.days import MINUTES_A_DAY

# How a number begins: the one in use, and those given by mistake.
_USUAL, _AGAIN, _ONCE_MORE = "N", "T", "V"
_KINDS = (_USUAL, _AGAIN, _ONCE_MORE)
# One patient in so many was registered again, every second of these once more; one in so many was merged by mistake.
_EVERY, _EVERY_OTHER, _MISTAKEN = 50, 100, 700
# The night before the extract: the newest number was merged into the former one, and that into the usual one.
_FIRST_MERGE, _SECOND_MERGE, _PARTED = 60, 120, 180


@dataclass(frozen=True)
class _HospitalNumbers:
    """A column of hospital numbers: `patients`, each by the kind of number under which the visit is known."""

    patients: np.ndarray
    kinds: np.ndarray

    def text(self, rows: slice) -> list[str]:
        """See `Column`."""
        pairs = zip(self.patients[rows].tolist(), self.kinds[rows].tolist(), strict=True)
        return [_number(patient, _KINDS[kind]) for patient, kind in pairs]

    def __len__(self) -> int:
        """See `Column`."""
        return len(self.patients)


def usual_number(patients: np.ndarray) -> Column:
    """Hospital number in use of `patients`."""
    return _HospitalNumbers(patients, np.zeros(len(patients), np.int8))


def number_at(patients: np.ndarray, visits: np.ndarray) -> Column:
    """Hospital number of `patients` under which each of `visits`, by its number, is known: a spell keeps its own."""
    kinds = np.zeros(len(patients), np.int8)
    kinds[(patients % _EVERY == _EVERY - 1) & (visits % 4 == 0)] = 1
    kinds[(patients % _EVERY_OTHER == _EVERY_OTHER - 1) & (visits % 4 == 2)] = 2
    return _HospitalNumbers(patients, kinds)


def other_numbers(patients: int) -> list[tuple[str, str]]:
    """Each number that was given by mistake to one of so many `patients`, and the patient's number in use."""
    return [(minor, _number(patient, _USUAL)) for patient in range(patients) for minor, _, _ in _merged(patient)]


def merges(patients: int, day: int) -> Table:
    """What PAS did in the night to `day` about the numbers of its `patients`; some are parted again."""
    rows = [(*merged, "M") for patient in range(patients) for merged in _merged(patient)]
    for patient in range(1, patients, _MISTAKEN):
        two = (_number(patient, _USUAL), _number(patient - 1, _USUAL))
        rows += [(*two, _FIRST_MERGE, "M"), (*two, _PARTED, "U")]
    minors, majors, minutes, actions = zip(*rows, strict=True)
    return {
        "minor_local_patient_identifier": listed(minors),
        "major_local_patient_identifier": listed(majors),
        "merged_at": Instant(day * MINUTES_A_DAY + np.array(minutes)),
        "merge_action_code": listed(actions),
    }


def _merged(patient: int) -> list[tuple[str, str, int]]:
    """Numbers of a patient that were merged, each with the one into which it went and the minute of the night."""
    pairs = []
    if patient % _EVERY == _EVERY - 1:
        pairs.append((_number(patient, _AGAIN), _number(patient, _USUAL), _SECOND_MERGE))
    if patient % _EVERY_OTHER == _EVERY_OTHER - 1:
        pairs.append((_number(patient, _ONCE_MORE), _number(patient, _AGAIN), _FIRST_MERGE))
    return pairs


def _number(patient: int, kind: str) -> str:
    return f"{kind}{patient + 1:07d}"
