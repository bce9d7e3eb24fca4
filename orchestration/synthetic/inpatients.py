"""One year of admitted care: lists booked, patients admitted from the waiting list or as emergencies, operated."""

from dataclasses import dataclass

import numpy as np

from orchestration.synthetic import admissions, course, sessions, theatres, treatments, waiting
from orchestration.synthetic.admissions import EMERGENCY, MATERNITY, Hospital
from orchestration.synthetic.catalogue import ORTHOPAEDICS
from orchestration.synthetic.days import DataYear, stream
from orchestration.synthetic.workforce import Workforce

# Stays that begin so many days before the period are part of it.
_WARM_UP = 30
NUMBERS_A_YEAR = 10_000_000
_RETURNS = 0.14


@dataclass(frozen=True)
class Inpatients:
    """Admitted care of one year. `stays` also holds stays that begin after it, without a number yet."""

    stays: np.ndarray
    lists: np.ndarray
    cases: np.ndarray
    entries: np.ndarray


def live(
    seed: int,
    workforce: Workforce,
    hospital: Hospital,
    *,
    leave: np.ndarray,
    stays: np.ndarray,
    waiting_list: np.ndarray,
) -> Inpatients:
    """Let the year of `hospital` happen, after the `stays` and the `waiting_list` that the last one left."""
    year = hospital.year
    rng = stream(seed, "theatres", year.number)
    slots = sessions.slots(workforce, "lists")
    lists = sessions.theatre_lists(rng, slots, workforce, hospital.rota, leave=leave, year=year)
    cases = theatres.book(rng, lists, hospital.practice)
    theatres.run(rng, cases, lists, hospital.practice)
    cases["number"] = first_number(year) + np.arange(len(cases))

    rng = stream(seed, "planned", year.number)
    planned = admissions.planned(rng, hospital)
    entries, chosen = _take_from_list(
        rng, hospital, waiting_list=waiting_list, lists=lists, cases=cases, planned=planned
    )
    spells = np.concatenate([admissions.of_cases(rng, hospital, cases[cases["operated"]], lists), planned])
    spells["entry"] = chosen["number"][np.concatenate([cases["operated"], np.ones(len(planned), dtype=bool)])]

    rng = stream(seed, "admissions", year.number)
    emergencies = admissions.emergencies(rng, hospital, year.start - (0 if year.number else _WARM_UP))
    emergencies = emergencies[emergencies["discharged"] >= year.start]
    delivered = (emergencies["kind"] == MATERNITY) & (emergencies["admitted"] >= year.start)
    babies = admissions.births(rng, hospital, emergencies[delivered])
    attenders = admissions.regular_attenders(rng, hospital)

    rng = stream(seed, "course", year.number)
    followed = course.follow(rng, hospital, np.concatenate([spells, emergencies, babies, attenders]))
    all_stays = np.concatenate([stays, course.reconcile(rng, hospital, followed, stays)])
    _number(all_stays, year)
    entries = _end(rng, hospital, entries, all_stays)
    cases = cases[~cases["operated"] | np.isin(cases["number"], all_stays["case"])]
    lists, cases = _with_emergencies(stream(seed, "emergencies", year.number), hospital, lists, cases, all_stays)
    return Inpatients(all_stays, lists, cases, entries)


def first_number(year: DataYear) -> int:
    """First of the numbers that things of `year` get."""
    return (year.number + 1) * NUMBERS_A_YEAR + 1


def _number(stays: np.ndarray, year: DataYear) -> None:
    """Number the stays that have begun, in order of admission; on one day the one that ends first comes first."""
    new = np.flatnonzero((stays["number"] == 0) & (stays["admitted"] <= year.end))
    order = np.lexsort((stays["discharged"][new], stays["admitted"][new]))
    stays["number"][new[order]] = first_number(year) + np.arange(len(new))


def _take_from_list(
    rng: np.random.Generator,
    hospital: Hospital,
    *,
    waiting_list: np.ndarray,
    lists: np.ndarray,
    cases: np.ndarray,
    planned: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Give `cases` and `planned` their patients; return the whole list, and the entry of each case and planned stay.

    The patients who wait at the end of the year, for care in the next one, are put on the list too.
    """
    year, of = hospital.year, lists[cases["list"]]
    care = np.zeros(len(cases) + len(planned), waiting.CARE)
    care["consultant"] = np.concatenate([of["operator"], planned["consultant"]])
    care["department"] = np.concatenate([of["department"], planned["department"]])
    care["treatment"] = np.concatenate([cases["treatment"], planned["treatment"]])
    care["day"] = np.concatenate([of["day"], planned["admitted"]])
    number = first_number(year)
    if not year.number:
        waiting_list = waiting.open_entries(rng, hospital, care, year.start - 1)
        waiting_list["number"] = number + np.arange(len(waiting_list))
        number += len(waiting_list)
    chosen, taken = waiting.fill(rng, hospital, waiting_list, care)
    new = chosen["number"] == 0
    chosen["number"][new] = number + np.arange(int(new.sum()))
    cases["patient"], planned["patient"] = chosen["patient"][: len(cases)], chosen["patient"][len(cases) :]
    cancelled = np.flatnonzero(~cases["operated"])
    ended = chosen[cancelled]
    waiting.after_cancellation(rng, ended, (cases["cancelled_at"][cancelled] // 1440).astype(int))
    chosen[cancelled] = ended
    added = waiting.open_entries(rng, hospital, care, year.end)
    added["number"] = number + int(new.sum()) + np.arange(len(added))
    left = np.delete(waiting_list, taken)
    return np.concatenate([left, chosen, added]), chosen


def _end(rng: np.random.Generator, hospital: Hospital, entries: np.ndarray, stays: np.ndarray) -> np.ndarray:
    """Close the entries whose patients have been admitted, have died or have gone elsewhere."""
    came = stays[(stays["entry"] > 0) & (stays["number"] > 0)]
    order = np.argsort(entries["number"])
    found = np.searchsorted(entries["number"][order], came["entry"])
    found = np.minimum(found, len(order) - 1)
    # Stays that began last year have no entry on this year's list any more.
    here = entries["number"][order[found]] == came["entry"]
    row = order[found[here]]
    entries["removed"][row], entries["reason"][row] = came["admitted"][here], waiting.ADMITTED
    entries["intended"][row] = came["intended"][here]
    entries["decided"][row] = np.minimum(entries["decided"][row], came["admitted"][here])
    waiting.close(rng, hospital, entries)
    return entries


def _with_emergencies(
    rng: np.random.Generator, hospital: Hospital, lists: np.ndarray, cases: np.ndarray, stays: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Add the emergency lists and their cases, staff all cases, and join them to their spells."""
    year = hospital.year
    in_theatre = (stays["treatment"] >= 0) & (treatments.MINUTES[stays["treatment"]] > 0) & (stays["number"] > 0)
    here = in_theatre & (stays["operated"] >= year.start) & (stays["operated"] <= year.end)
    first = np.flatnonzero(here & (stays["kind"] == EMERGENCY))
    again = np.flatnonzero(here & stays["complicated"] & (rng.random(len(stays)) < _RETURNS))
    back_on = stays["operated"][again] + rng.integers(1, 5, len(again))
    fits = (back_on <= stays["discharged"][again]) & (back_on <= year.end)
    again, back_on = again[fits], back_on[fits]
    stay = np.concatenate([first, again])
    day = np.concatenate([stays["operated"][first], back_on])
    trauma = stays["department"][stay] == ORTHOPAEDICS
    kind = np.where(trauma, sessions.TRAUMA, sessions.EMERGENCY)
    operations = {one: int((kind == one).sum()) for one in (sessions.TRAUMA, sessions.EMERGENCY)}
    others = sessions.emergency_lists(rng, hospital.rota, year, operations)
    urgent = theatres.unplanned(rng, others, hospital.practice, day=day, kind=kind, treatment=stays["treatment"][stay])
    urgent["patient"], urgent["spell"] = stays["patient"][stay], stays["number"][stay]
    urgent["is_return"] = np.arange(len(stay)) >= len(first)
    urgent["number"] = cases["number"].max() + 1 + np.arange(len(urgent))
    stays["case"][first] = urgent["number"][: len(first)]
    urgent["list"] += len(lists)
    lists, cases = np.concatenate([lists, others]), np.concatenate([cases, urgent])
    lists["number"] = first_number(year) + np.arange(len(lists))
    _describe(rng, hospital, lists, cases, stays)
    return lists, cases


def _describe(
    rng: np.random.Generator, hospital: Hospital, lists: np.ndarray, cases: np.ndarray, stays: np.ndarray
) -> None:
    """Spell, grade of fitness and people of each case."""
    owner = np.flatnonzero(stays["case"] > 0)
    order = owner[np.argsort(stays["case"][owner])]
    found = np.minimum(np.searchsorted(stays["case"][order], cases["number"]), len(order) - 1)
    stay = order[found]
    mine = stays["case"][stay] == cases["number"]
    cases["spell"] = np.where(mine, stays["number"][stay], cases["spell"])
    # The theatre system does not know every spell.
    cases["spell"][rng.random(len(cases)) < 0.03] = 0
    of = lists[cases["list"]]
    risk = hospital.population.risk(cases["patient"], of["day"]) + rng.normal(0, 0.6, len(cases))
    cases["asa"] = 1 + np.digitize(risk, (-1.0, 0.8, 2.4, 4.6))
    department = np.where(mine, stays["department"][stay], of["department"])
    responsible = np.where(mine, stays["consultant"][stay], of["operator"])
    theatres.staff(rng, hospital.rota, cases, department=department, day=of["day"], responsible=responsible)
