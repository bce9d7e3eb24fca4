"""One year of the trust: everything that happens in it, and what the systems hold of it on the morning after."""

from dataclasses import dataclass, field

import numpy as np

from orchestration.synthetic import (
    admissions,
    episodes,
    inpatients,
    other_tables,
    outcomes,
    outpatients,
    pas_tables,
    pathways,
    rota,
    sessions,
    waiting,
)
from orchestration.synthetic.admissions import Hospital
from orchestration.synthetic.columns import Table
from orchestration.synthetic.days import NEVER, DataYear, stream
from orchestration.synthetic.patients import NOT_REGISTERED, Picker, Population
from orchestration.synthetic.practice import Practice
from orchestration.synthetic.workforce import Workforce

# Appointments so many days after the end of a year are booked and known.
_BOOKED_AHEAD = 28
_REGISTERED_WITHIN = 5


@dataclass(frozen=True)
class Trust:
    """What does not change from year to year, but for the population that lives on."""

    seed: int
    workforce: Workforce
    practice: Practice
    population: Population
    rota: rota.Rota


@dataclass(frozen=True)
class Backlog:
    """What one year leaves to the next: stays, waits and bookings not ended, outcomes not yet known."""

    spells: np.ndarray = field(default_factory=lambda: admissions.blank(0))
    entries: np.ndarray = field(default_factory=lambda: np.zeros(0, waiting.ENTRY))
    appointments: np.ndarray = field(default_factory=lambda: np.zeros(0, outpatients.APPOINTMENT))
    clinics: np.ndarray = field(default_factory=lambda: np.zeros(0, sessions.CLINIC))
    pathways: np.ndarray = field(default_factory=lambda: np.zeros(0, pathways.PATHWAY))
    proms: np.ndarray = field(default_factory=lambda: np.zeros(0, outcomes.PROMS))
    infections: np.ndarray = field(default_factory=lambda: np.zeros(0, outcomes.INFECTION))
    complications: np.ndarray = field(default_factory=lambda: np.zeros(0, outcomes.COMPLICATION))


def live(trust: Trust, year: DataYear, before: Backlog) -> tuple[dict[str, Table], Backlog]:
    """Let `year` happen after what `before` left; return its event extracts by name and what it leaves."""
    population = trust.population
    rng = stream(trust.seed, "deaths", year.number)
    population.background_deaths(rng, year, before.spells["patient"])
    hospital = Hospital(population, Picker(population, year.start), trust.rota, trust.practice, year)
    leave = rota.leave(trust.seed, trust.workforce, year)
    care = inpatients.live(
        trust.seed, trust.workforce, hospital, leave=leave, stays=before.spells, waiting_list=before.entries
    )
    clinics, ahead_clinics, seen, ahead = _outpatients(trust, hospital, leave, before)
    running, month_ends = _pathways(trust, hospital, before)
    known, later = _outcomes(trust, hospital, before, care)
    people = trust.workforce
    tables = {
        "pas__consultant_episode": _episodes(trust, hospital, care.stays[care.stays["number"] > 0]),
        "pas__outpatient_attendance": pas_tables.outpatient_attendances(
            np.concatenate([seen, outpatients.as_future(ahead)]), people
        ),
        "pas__elective_admission_list": pas_tables.elective_admission_list(care.entries, people),
        "pas__rtt_pathway": pas_tables.rtt_pathways(month_ends, running, people),
        "pas__clinic_template": pas_tables.clinic_templates(clinics, people),
        "theatre__theatre_list": other_tables.theatre_lists(care.lists, people),
        "theatre__theatre_case": other_tables.theatre_cases(care.cases, care.lists, people),
        "outcome__registered_death": other_tables.registered_deaths(_deaths(trust, year), population.records),
        "outcome__proms_questionnaire": other_tables.proms_questionnaires(known.proms),
        "outcome__surgical_site_infection": other_tables.surgical_site_infections(known.infections),
        "outcome__complication": other_tables.complications(known.complications),
    }
    return tables, Backlog(
        spells=care.stays[care.stays["discharged"] > year.end],
        entries=care.entries[care.entries["removed"] == NEVER],
        appointments=ahead,
        clinics=ahead_clinics,
        pathways=running[running["stop"] > year.end],
        proms=later.proms,
        infections=later.infections,
        complications=later.complications,
    )


def _episodes(trust: Trust, hospital: Hospital, stays: np.ndarray) -> Table:
    rng = stream(trust.seed, "episodes", hospital.year.number)
    rows = episodes.split(stays)
    rows = rows[rows["start"] <= hospital.year.end]
    coding = episodes.code(rng, hospital, stays, rows)
    return pas_tables.consultant_episodes(stays, rows, coding, trust.workforce, hospital.year.end)


def _outpatients(
    trust: Trust, hospital: Hospital, leave: np.ndarray, before: Backlog
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Sessions of the year and those ahead; appointments of the year and those ahead."""
    year = hospital.year
    rng = stream(trust.seed, "outpatients", year.number)
    slots = sessions.slots(trust.workforce, "clinics")
    # The first weeks were booked last year.
    start = year.start + (_BOOKED_AHEAD if year.number else 0)
    new = sessions.clinics(rng, slots, trust.workforce, leave=leave, start=start, end=year.end + _BOOKED_AHEAD)
    booked = outpatients.book(rng, hospital, new)
    booked["number"] = inpatients.first_number(year) + np.arange(len(booked))
    gone = hospital.population.records["death"][before.appointments["patient"]] < before.appointments["day"]
    before.appointments[gone] = outpatients.cancelled(before.appointments[gone])
    appointments = np.concatenate([before.appointments, booked])
    clinics = np.concatenate([before.clinics, new])
    past, held = appointments["day"] <= year.end, clinics["day"] <= year.end
    return clinics[held], clinics[~held], appointments[past], appointments[~past]


def _pathways(trust: Trust, hospital: Hospital, before: Backlog) -> tuple[np.ndarray, np.ndarray]:
    rng = stream(trust.seed, "pathways", hospital.year.number)
    if hospital.year.number:
        new = pathways.begin(rng, hospital, hospital.year.start)
    else:
        new = pathways.before_the_period(rng, hospital)
    new["number"] = inpatients.first_number(hospital.year) + np.arange(len(new))
    running = np.concatenate([before.pathways, new])
    death = hospital.population.records["death"][running["patient"]]
    running["stop"] = np.minimum(running["stop"], death)
    return running, pathways.at_month_ends(rng, hospital, running)


def _deaths(trust: Trust, year: DataYear) -> np.ndarray:
    """Patients whose death has been registered during `year`: it takes a few days."""
    records = trust.population.records
    first = year.start - (_REGISTERED_WITHIN if year.number else 0)
    registered = (records["death"] >= first) & (records["death"] <= year.end - _REGISTERED_WITHIN)
    return np.flatnonzero(registered & (records["place"] != NOT_REGISTERED))


def _outcomes(
    trust: Trust, hospital: Hospital, before: Backlog, care: inpatients.Inpatients
) -> tuple[Backlog, Backlog]:
    """Outcomes known by the end of the year, and those that will be known later."""
    year = hospital.year
    rng = stream(trust.seed, "outcomes", year.number)
    stays = care.stays
    done = stays[(stays["operated"] >= year.start) & (stays["operated"] <= year.end) & (stays["number"] > 0)]
    complicated = np.isin(care.cases["number"], done["case"][done["complicated"]])
    day = care.lists["day"][care.cases["list"]]
    proms = np.concatenate([before.proms, outcomes.proms(rng, hospital, done)])
    infections = np.concatenate([before.infections, outcomes.infections(rng, care.cases, day, complicated)])
    complications = np.concatenate([before.complications, outcomes.complications(rng, done)])
    now = (proms["day"] <= year.end, infections["known"] <= year.end, complications["day"] <= year.end)
    return (
        Backlog(proms=proms[now[0]], infections=infections[now[1]], complications=complications[now[2]]),
        Backlog(proms=proms[~now[0]], infections=infections[~now[1]], complications=complications[~now[2]]),
    )
