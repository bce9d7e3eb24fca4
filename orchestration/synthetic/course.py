"""What becomes of spells: complications, deaths, readmissions; and that nobody is in two beds or treated when dead."""

import numpy as np

from orchestration.synthetic import admissions, treatments
from orchestration.synthetic.admissions import BIRTH, DAY_CASE, EMERGENCY, MATERNITY, ORDINARY, PLANNED, Hospital
from orchestration.synthetic.catalogue import GERIATRICS, MEDICINE, PAEDIATRICS
from orchestration.synthetic.days import NEVER, is_winter, weekday
from orchestration.synthetic.patients import ELSEWHERE, HOME, HOSPITAL

DIED, STILLBORN = 4, 5
# Log-odds for a fit person of 65.
_DEATH = {EMERGENCY: -4.05, PLANNED: -7.2, MATERNITY: -9.5, BIRTH: -7.5}
_AFTERWARDS = -1.5
_READMISSION = {EMERGENCY: -2.30, PLANNED: -3.05, MATERNITY: -4.6, BIRTH: -4.6}
_COMPLICATION = -3.4
_LAST_READMISSION = 29
_WAVES = 3


def chance(log_odds: np.ndarray) -> np.ndarray:
    """Probability of `log_odds`."""
    return 1 / (1 + np.exp(-log_odds))


def complicate(rng: np.random.Generator, hospital: Hospital, spells: np.ndarray) -> None:
    """Some operated patients have a complication and stay longer."""
    in_theatre = (spells["treatment"] >= 0) & (treatments.MINUTES[spells["treatment"]] > 0)
    at_risk = in_theatre & np.isin(spells["kind"], (EMERGENCY, PLANNED))
    size = treatments.MINUTES[spells["treatment"]]
    log_odds = (
        _COMPLICATION
        + 0.45 * np.clip(hospital.population.risk(spells["patient"], spells["admitted"]), -3, 4)
        + 0.011 * (size - 60)
        + 0.4 * (spells["kind"] == EMERGENCY)
        + hospital.practice.effects["complication"][spells["consultant"]]
    )
    spells["complicated"] = at_risk & (rng.random(len(spells)) < chance(log_odds))
    longer = spells["complicated"] & (spells["classification"] == ORDINARY)
    spells["discharged"] += np.where(longer, 1 + rng.geometric(0.35, len(spells)), 0)


def avoid_weekends(rng: np.random.Generator, spells: np.ndarray) -> None:
    """Fewer people go home at weekends: some stay until Monday."""
    day = weekday(spells["discharged"])
    waits = (day >= 5) & (spells["discharged"] - spells["admitted"] >= 2) & (rng.random(len(spells)) < 0.4)
    spells["discharged"] += np.where(waits, 7 - day, 0)


def end(rng: np.random.Generator, hospital: Hospital, spells: np.ndarray) -> None:
    """Decide who dies in hospital, who goes home, and who of these dies soon after."""
    spells_result, count = spells["result"], len(spells)
    risk = hospital.population.risk(spells["patient"], spells["admitted"])
    illness = np.where(spells["illness"] >= 0, treatments.ILLNESS_DEATH[spells["illness"]], 0.0)
    base = np.array([_DEATH.get(kind, -30.0) for kind in range(5)])[spells["kind"]]
    log_odds = base + illness + risk + 1.0 * spells["complicated"]
    log_odds += 0.15 * is_winter(spells["admitted"]) + 0.10 * (weekday(spells["admitted"]) >= 5)
    dies = rng.random(count) < chance(log_odds + hospital.practice.effects["death"][spells["consultant"]])
    dies &= (spells["classification"] != DAY_CASE) & (spells_result == 1)
    spells["result"][dies] = DIED
    leaves = (spells_result == 1) & (rng.random(count) < 0.012) & (spells["kind"] == EMERGENCY)
    spells["result"][leaves] = 2
    later = ~dies & (spells_result != STILLBORN) & (rng.random(count) < chance(log_odds + _AFTERWARDS))
    after = spells["discharged"] + 1 + rng.exponential(25, count).astype(int)
    spells["dies_after"] = np.where(later, after, NEVER)


def readmissions(rng: np.random.Generator, hospital: Hospital, spells: np.ndarray) -> np.ndarray:
    """Emergency admissions that follow within a month of discharge, more of them for some consultants."""
    risk = hospital.population.risk(spells["patient"], spells["admitted"])
    base = np.array([_READMISSION.get(kind, -30.0) for kind in range(5)])[spells["kind"]]
    log_odds = (
        base
        + 0.28 * np.clip(risk, -3, 4)
        + 0.9 * spells["complicated"]
        - 1.2 * (spells["classification"] == DAY_CASE)
        + hospital.practice.effects["readmission"][spells["consultant"]]
    )
    comes = (rng.random(len(spells)) < chance(log_odds)) & (spells["result"] < DIED)
    index = spells[comes]
    again = admissions.blank(len(index))
    gap = np.minimum(rng.exponential(10, len(index)).astype(int), _LAST_READMISSION)
    again["patient"], again["admitted"] = index["patient"], index["discharged"] + gap
    again["kind"], again["intended"] = EMERGENCY, 8
    again["method"] = admissions.emergency_methods(rng, len(index))
    back = (index["illness"] >= 0) & (index["kind"] == EMERGENCY) & (rng.random(len(index)) < 0.6)
    age = hospital.population.age(again["patient"], again["admitted"])
    elsewhere = np.where(age < 16, PAEDIATRICS, np.where(age > 80, GERIATRICS, MEDICINE))
    again["department"] = np.where(back, index["last_department"], elsewhere)
    for number in np.unique(again["department"]):
        at = again["department"] == number
        again["illness"][at] = treatments.draw_illnesses(rng, int(number), int(at.sum()))
        again["first_consultant"][at] = hospital.rota.choose(rng, int(number), again["admitted"][at])
    return again


def follow(rng: np.random.Generator, hospital: Hospital, spells: np.ndarray) -> np.ndarray:
    """Run `spells` to their ends and add the readmissions that follow."""
    found = []
    wave = spells
    for number in range(_WAVES + 1):
        if number:
            admissions.settle(rng, hospital, wave)
        complicate(rng, hospital, wave)
        avoid_weekends(rng, wave)
        end(rng, hospital, wave)
        found.append(wave)
        wave = readmissions(rng, hospital, wave)
    return np.concatenate(found)


def reconcile(rng: np.random.Generator, hospital: Hospital, spells: np.ndarray, settled: np.ndarray) -> np.ndarray:
    """Keep the `spells` that can have been: no patient in two beds at once, nobody admitted after death.

    `settled` are the spells of last year that reach into this one: they stand. The first death of a patient holds: it
    is written into the population, and a stay that it falls into ends with it.
    """
    records = hospital.population.records
    both = np.concatenate([settled, spells])
    # Settled spells first on the same day, then stays of no night before longer ones.
    order = np.lexsort((both["discharged"], np.arange(len(both)) >= len(settled), both["admitted"], both["patient"]))
    both = both[order]
    is_settled = order < len(settled)
    # Latest discharge so far of the same patient: patients are set apart by more days than there are.
    apart = both["patient"].astype(np.int64) * 10**6
    latest = np.maximum.accumulate(apart + both["discharged"])
    before = np.concatenate([[-1], latest[:-1]])
    # Earliest settled stay still to come: a new stay has to end before it.
    to_come = np.minimum.accumulate((apart + np.where(is_settled, both["admitted"], NEVER))[::-1])[::-1]
    fits = (apart + both["admitted"] >= before) & (apart + both["discharged"] <= to_come)
    free = fits | is_settled
    in_hospital = np.where(both["result"] == DIED, both["discharged"], NEVER)
    death = records["death"].copy()
    np.minimum.at(death, both["patient"][free], np.minimum(in_hospital, both["dies_after"])[free])
    day = death[both["patient"]]
    kept = free & ((both["admitted"] <= day) | is_settled | (both["result"] == STILLBORN))
    both, day = both[kept], day[kept]
    is_last = np.append(both["patient"][1:] != both["patient"][:-1], True)
    cut = is_last & (day <= both["discharged"]) & (both["result"] != STILLBORN)
    both["discharged"][cut] = day[cut]
    both["result"][cut] = DIED
    # Who has died before the operation has not had it.
    too_late = (both["operated"] != NEVER) & (both["operated"] > both["discharged"])
    both["operated"][too_late], both["case"][too_late], both["complicated"][too_late] = NEVER, 0, False
    both["classification"][cut & (both["classification"] == DAY_CASE)] = ORDINARY
    new = death < records["death"]
    records["death"] = death
    records["place"] = np.where(new, rng.choice((HOME, ELSEWHERE), len(death), p=(0.7, 0.3)), records["place"])
    records["cause"] = np.where(new, rng.integers(0, 5, len(death)), records["cause"])
    records["place"][both["patient"][cut]] = HOSPITAL
    return both[~is_settled[kept]]
