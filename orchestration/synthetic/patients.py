"""Patients of the trust: who they are, what makes their risk, and choosing them for care."""

import numpy as np

from orchestration.synthetic.catalogue import CANCER_BIT, CONDITIONS, Department
from orchestration.synthetic.days import NEVER, DataYear, stream

PER_CLINICIAN = 700
FIRST_NHS_NUMBER = 999_000_000
_SEARCH = 1_000_000
# Residents in each band of five years of age.
_BANDS = (6, 6, 6, 6, 6.5, 6.5, 6.7, 6.6, 6.3, 6, 6.4, 6.6, 6, 5.2, 4.8, 4.4, 3.0, 2.0, 1.1, 0.4)
ETHNIC = tuple("ABCDEFGHJKLMNPRSZ")
_ETHNIC_WEIGHTS = (70, 1.5, 5, 1, 0.5, 0.5, 0.7, 4, 4, 2, 1.5, 1.5, 2.5, 0.5, 1, 1.5, 2.3)
MALE, FEMALE = 0, 1
PATIENT = np.dtype(
    [("birth", "i4"), ("sex", "i1"), ("ethnic", "i1"), ("deprivation", "i1"), ("conditions", "u4"), ("death", "i4"),
     ("place", "i1"), ("cause", "i2"), ("street", "i4"), ("traced", "i1")]
)  # fmt: skip
HOSPITAL, HOME, ELSEWHERE, NOT_REGISTERED = range(4)


def nhs_numbers(count: int, seed: int) -> np.ndarray:
    """`count` different valid NHS NUMBERS of the test range 999 000 0000 to 999 999 9999; 0 when it runs out.

    Check digit: weights 10 to 2, 11 - (sum mod 11), 11 is 0 and 10 is impossible (NHS Data Dictionary, NHS NUMBER).
    """
    # A full cycle through the range in an order that looks random: the multiplier has no factor in common with it.
    tried = np.arange(min(round(count * 1.12) + 100, _SEARCH), dtype=np.int64)
    first = FIRST_NHS_NUMBER + (tried * 387_421 + seed % _SEARCH * 7919) % _SEARCH
    total = sum(first // 10**place % 10 * (place + 2) for place in range(9))
    check = (11 - total % 11) % 11
    valid = (first * 10 + check)[check < 10]
    numbers = np.zeros(count, dtype=np.int64)
    numbers[: len(valid)] = valid[:count]
    return numbers


def condition_counts(conditions: np.ndarray) -> np.ndarray:
    """How many long-standing conditions each patient has."""
    return np.bitwise_count(conditions).astype(np.int16)


class Population:
    """Everyone known to the trust. `records` is an array of `PATIENT` that grows by births; a patient is a row."""

    def __init__(self, seed: int, clinicians: int, start: int) -> None:
        """Residents on day `start`."""
        rng = stream(seed, "patients")
        count = clinicians * PER_CLINICIAN
        band = rng.choice(len(_BANDS), count, p=np.array(_BANDS) / sum(_BANDS))
        age = np.minimum(band * 5 + rng.random(count) * 5, 101)
        records = np.zeros(count, PATIENT)
        records["birth"] = start - (age * 365.25).astype(int) - 1
        records["sex"] = rng.random(count) < 0.51
        self.records = records
        self._describe(rng, records)
        bits = np.zeros(count, dtype=np.uint32)
        excess = 1 + 0.05 * (5.5 - records["deprivation"])
        for bit, (_, at_70, growth) in enumerate(CONDITIONS):
            chance = np.minimum(at_70 * growth ** ((age - 70) / 10) * excess, 0.85) * (age > 16)
            bits |= (rng.random(count) < chance).astype(np.uint32) << np.uint32(bit)
        records["conditions"] = bits

    def _describe(self, rng: np.random.Generator, records: np.ndarray) -> None:
        count = len(records)
        weights = np.array(_ETHNIC_WEIGHTS) / sum(_ETHNIC_WEIGHTS)
        records["ethnic"] = rng.choice(len(ETHNIC), count, p=weights)
        # A somewhat deprived city: more people in the lower deciles.
        records["deprivation"] = np.minimum(1 + (rng.beta(1.0, 1.25, count) * 10).astype(int), 10)
        records["death"] = NEVER
        records["street"] = rng.integers(0, 10 * 10 * 20 * 20, count)
        records["traced"] = rng.choice(3, count, p=(0.965, 0.02, 0.015))

    def add_births(self, rng: np.random.Generator, birth: np.ndarray) -> np.ndarray:
        """Add babies born on days `birth`; return their numbers."""
        babies = np.zeros(len(birth), PATIENT)
        self._describe(rng, babies)
        babies["birth"] = birth
        babies["sex"] = rng.random(len(birth)) < 0.49
        first = len(self.records)
        self.records = np.concatenate([self.records, babies])
        return np.arange(first, len(self.records))

    def age(self, patients: np.ndarray, days: np.ndarray) -> np.ndarray:
        """Age in years of each of `patients` on each of `days`."""
        return (days - self.records["birth"][patients]) / 365.25

    def risk(self, patients: np.ndarray, days: np.ndarray) -> np.ndarray:
        """Case-mix of each patient: log-odds of an adverse outcome, 0 for a fit person of 65 in decile 5."""
        records = self.records[patients]
        age = np.minimum(self.age(patients, days), 98)
        return (
            0.042 * (age - 65)
            + 0.22 * condition_counts(records["conditions"])
            + 0.5 * (records["conditions"] >> CANCER_BIT & 1)
            + 0.03 * (5.5 - records["deprivation"])
        )

    def background_deaths(self, rng: np.random.Generator, year: DataYear, spared: np.ndarray) -> None:
        """Deaths at home and elsewhere in `year`; never of `spared` patients, who are in hospital at its start."""
        records = self.records
        patients = np.arange(len(records))
        age = self.age(patients, np.full(len(records), year.start))
        hazard = np.exp(-10.4 + 0.098 * np.clip(age, 15, 100) + 0.16 * condition_counts(records["conditions"]))
        dies = (rng.random(len(records)) < 0.36 * hazard) & (records["death"] == NEVER) & (age >= 1)
        dies[spared] = False
        days = rng.integers(year.start, year.end + 1, len(records))
        records["death"][dies] = days[dies]
        records["place"] = np.where(dies, rng.choice([HOME, ELSEWHERE], len(records), p=(0.6, 0.4)), records["place"])
        records["cause"] = np.where(dies, rng.integers(0, 5, len(records)), records["cause"])


class Picker:
    """Chooses patients alive at the start of a year by age and sex, sicker ones more often."""

    def __init__(self, population: Population, day: int) -> None:
        """Sort the patients alive on `day` into bands."""
        records = population.records
        alive = np.flatnonzero((records["death"] > day) & (records["birth"] < day))
        band = np.clip((day - records["birth"][alive]) // 1826, 0, 18)
        group = records["sex"][alive] * 19 + band
        order = np.argsort(group, kind="stable")
        self._patients = alive[order]
        counts = condition_counts(records["conditions"][self._patients])
        self._usual = np.concatenate([[0.0], np.cumsum(np.exp(0.18 * counts))])
        self._risky = np.concatenate([[0.0], np.cumsum(np.exp(0.9 * counts))])
        self._bounds = np.searchsorted(group[order], np.arange(39))

    def pick(
        self, rng: np.random.Generator, count: int, department: Department, risky: np.ndarray | None = None
    ) -> np.ndarray:
        """Choose `count` patients of the age and sex that `department` sees; where `risky`, with more conditions."""
        band = np.clip(rng.normal(department.age, department.age_spread, count) // 5, 0, 18).astype(int)
        group = np.where(rng.random(count) < department.men, band, band + 19)
        empty = self._bounds[group] == self._bounds[group + 1]
        group[empty] = 10 if department.men else 29
        chosen = self._draw(rng, self._usual, group)
        if risky is not None and risky.any():
            chosen[risky] = self._draw(rng, self._risky, group[risky])
        return self._patients[chosen]

    def _draw(self, rng: np.random.Generator, total: np.ndarray, group: np.ndarray) -> np.ndarray:
        low, high = total[self._bounds[group]], total[self._bounds[group + 1]]
        found = np.searchsorted(total, low + rng.random(len(group)) * (high - low), side="right") - 1
        return np.clip(found, self._bounds[group], self._bounds[group + 1] - 1)
