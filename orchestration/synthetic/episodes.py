"""Spells split into consultant episodes, with 20 diagnosis and 24 procedure fields as coders fill them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from orchestration.synthetic import treatments
from orchestration.synthetic.admissions import BIRTH, EMERGENCY, MATERNITY, Hospital
from orchestration.synthetic.catalogue import CANCER_BIT, CANCER_CODES, CONDITIONS, INCIDENTAL
from orchestration.synthetic.days import NEVER
from orchestration.synthetic.patients import FEMALE

EPISODE = np.dtype(
    [("spell", "i8"), ("number", "i1"), ("start", "i4"), ("end", "i4"), ("consultant", "i2"), ("department", "i2")]
)
DIAGNOSES, PROCEDURES = 20, 24


@dataclass(frozen=True)
class Coding:
    """Codes of episodes, by number in `ICD` and `OPCS`: (episode, field); day of the primary procedure."""

    icd: np.ndarray
    opcs: np.ndarray
    opcs_day: np.ndarray


_CHEMOTHERAPY = ("X722", "X723", "X724")
_CODED = 0.86
_COMPLICATIONS = ("T814", "T810", "T811", "T818", "Y838")


class Words:
    """A growing list of codes, each once; a code's number is its place."""

    def __init__(self) -> None:
        """Begin with blank as number 0."""
        self._places: dict[str, int] = {"": 0}

    def number(self, word: str) -> int:
        """Place of `word`, added if new."""
        return self._places.setdefault(word, len(self._places))

    def numbers(self, words: Sequence[str]) -> np.ndarray:
        """Places of `words`."""
        return np.array([self.number(word) for word in words], dtype=np.int16)

    def words(self) -> np.ndarray:
        """All codes by number."""
        return np.array(list(self._places), dtype=object)


ICD, OPCS = Words(), Words()
_ILLNESS_ICD = ICD.numbers([illness.icd for illness in treatments.ILLNESSES])
_TREATMENT_ICD = ICD.numbers([treatment.icd for treatment in treatments.TREATMENTS])
_CONDITION_ICD = ICD.numbers([icd if icd != "CANCER" else "" for icd, _, _ in CONDITIONS])
_CANCER_ICD = ICD.numbers(CANCER_CODES)
_INCIDENTAL_ICD = ICD.numbers([icd for icd, _ in INCIDENTAL])
_INCIDENTAL_CHANCE = np.array([chance for _, chance in INCIDENTAL])
_COMPLICATION_ICD = ICD.numbers(_COMPLICATIONS)
_TREATMENT_OPCS = OPCS.numbers([treatment.opcs for treatment in treatments.TREATMENTS])
_COMPANIONS = np.zeros((len(treatments.TREATMENTS), 3), dtype=np.int16)
for _row, _treatment in enumerate(treatments.TREATMENTS):
    _COMPANIONS[_row, : len(_treatment.companions)] = OPCS.numbers(_treatment.companions)
_IS_CHEMOTHERAPY = np.array([treatment.opcs in _CHEMOTHERAPY for treatment in treatments.TREATMENTS])
# Imaging, blood and approach codes that a long stay collects.
_EXTRA_OPCS = OPCS.numbers(
    ["U212", "U082", "Y981", "X332", "U201", "Y534", "X481", "U051", "Y973", "Z926", "U071", "X292", "E851", "L912",
     "X403", "Y533", "U354", "Y982"]
)  # fmt: skip


def split(spells: np.ndarray) -> np.ndarray:
    """Rows of `EPISODE`: `spell` is the row of `spells`; the first has the first consultant, the last the last."""
    count = spells["episodes"].astype(int)
    episodes = np.zeros(count.sum(), EPISODE)
    episodes["spell"] = np.repeat(np.arange(len(spells)), count)
    last_of = np.cumsum(count) - 1
    first_of = last_of - count + 1
    place = np.arange(len(episodes)) - np.repeat(first_of, count)
    episodes["number"] = place + 1
    of = spells[episodes["spell"]]
    stay = of["discharged"] - of["admitted"]
    # The first transfer comes early, in the first fifth of the stay; later ones share out the rest.
    part = np.where(place == 0, 0.0, 0.15 + 0.8 * (place - 1) / np.maximum(of["episodes"] - 1, 1))
    episodes["start"] = of["admitted"] + np.floor(stay * part).astype(int) + ((place > 0) & (stay > 6))
    episodes["start"] = np.minimum(episodes["start"], of["discharged"])
    episodes["end"] = np.append(episodes["start"][1:], 0)
    episodes["end"][last_of] = spells["discharged"]
    is_first = place == 0
    is_last = np.zeros(len(episodes), dtype=bool)
    is_last[last_of] = True
    episodes["department"] = np.where(is_first, of["department"], of["last_department"])
    episodes["consultant"] = np.where(is_last, of["consultant"], of["first_consultant"])
    between = ~is_first & ~is_last
    episodes["consultant"][between] = of["between"][between]
    return episodes


def code(rng: np.random.Generator, hospital: Hospital, spells: np.ndarray, episodes: np.ndarray) -> Coding:
    """Codes of all `episodes` as if every stay had ended."""
    icd = _diagnoses(rng, hospital, spells, episodes)
    return Coding(icd, *_procedures(rng, spells, episodes))


def _diagnoses(rng: np.random.Generator, hospital: Hospital, spells: np.ndarray, episodes: np.ndarray) -> np.ndarray:
    """ICD-10 numbers, episode by field: primary first, then long-standing and incidental ones without gaps."""
    of = spells[episodes["spell"]]
    count = len(episodes)
    records = hospital.population.records[of["patient"]]
    primary = np.where(of["illness"] >= 0, _ILLNESS_ICD[of["illness"]], _TREATMENT_ICD[of["treatment"]])
    primary = np.where(of["kind"] == BIRTH, ICD.number("Z380"), primary)
    bits = (records["conditions"][:, None] >> np.arange(len(CONDITIONS), dtype=np.uint32) & 1).astype(bool)
    standing = np.tile(_CONDITION_ICD, (count, 1))
    cancer = np.where(records["sex"] == FEMALE, of["patient"] % 4 + 1, of["patient"] % 5)
    standing[:, CANCER_BIT] = _CANCER_ICD[np.where((cancer == 1) & (records["sex"] != FEMALE), 2, cancer)]
    coded = bits & (rng.random(bits.shape) < _CODED)
    # An active cancer is never left out.
    coded[:, CANCER_BIT] = bits[:, CANCER_BIT]
    depth = np.where(of["kind"] == EMERGENCY, 1.8, np.where(of["kind"] == BIRTH, 0.1, 0.6))
    minor = rng.random((count, len(INCIDENTAL))) < _INCIDENTAL_CHANCE * depth[:, None]
    event = np.zeros((count, 2), dtype=np.int16)
    chemotherapy = (of["treatment"] >= 0) & (of["kind"] != EMERGENCY) & _IS_CHEMOTHERAPY[of["treatment"]]
    event[chemotherapy, 0] = ICD.number("Z511")
    event[of["complicated"], 1] = rng.choice(_COMPLICATION_ICD, int(of["complicated"].sum()))
    delivered = of["kind"] == MATERNITY
    event[delivered, 0] = ICD.number("Z370")
    offered = np.concatenate(
        [primary[:, None], event, np.where(coded, standing, 0), np.where(minor, _INCIDENTAL_ICD, 0)], axis=1
    )
    return _packed(offered, DIAGNOSES)


def _procedures(rng: np.random.Generator, spells: np.ndarray, episodes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """OPCS-4 numbers, episode by field, and the day of the primary one, in the episode in which it was done."""
    of = spells[episodes["spell"]]
    here = (of["treatment"] >= 0) & (of["operated"] >= episodes["start"]) & (of["operated"] < NEVER)
    is_last = np.append(episodes["spell"][1:] != episodes["spell"][:-1], True)
    here &= (of["operated"] < episodes["end"]) | (is_last & (of["operated"] <= episodes["end"]))
    count = len(episodes)
    offered = np.zeros((count, 4 + len(_EXTRA_OPCS)), dtype=np.int16)
    offered[here, 0] = _TREATMENT_OPCS[of["treatment"][here]]
    offered[here, 1:4] = _COMPANIONS[of["treatment"][here]]
    days = episodes["end"] - episodes["start"]
    wanted = np.minimum(0.015 + 0.012 * days + 0.05 * of["complicated"] + 0.35 * (days > 60), 0.9)
    extra = rng.random((count, len(_EXTRA_OPCS))) < wanted[:, None]
    offered[:, 4:] = np.where(extra, _EXTRA_OPCS, 0)
    packed = _packed(offered, PROCEDURES)
    done = np.where(here, of["operated"], episodes["start"])
    return packed, np.where(packed[:, 0] > 0, done, NEVER)


def _packed(offered: np.ndarray, fields: int) -> np.ndarray:
    """Move the blanks of each row to its end, keeping the order of the rest, and cut or widen to `fields`."""
    order = np.argsort(offered == 0, axis=1, kind="stable")
    packed = np.take_along_axis(offered, order, axis=1)[:, :fields]
    return np.pad(packed, ((0, 0), (0, fields - packed.shape[1])))
