"""Recompute deaths within 30 days, patient by patient, from spells and registered deaths."""

import pandas as pd

from tests.known_answer.candidate import candidates
from tests.known_answer.measures_inpatient import REGULAR, finished_spells

MONTH = pd.Timedelta(days=30)


def mortality_30d(every_spell: pd.DataFrame, deaths: pd.DataFrame, data_to_on: pd.Timestamp) -> pd.DataFrame:
    """Return the candidates; `deaths` (patient, died_on) hold the number in use, `every_spell` org_unit_key."""
    finished = finished_spells(every_spell)
    exclusions = [
        (finished["patient_class"].isin(REGULAR), "regular attender"),
        (finished["patient_class"] == "2", "day case"),
        (finished["discharge_method"] == "5", "stillbirth"),
        (finished["discharged_on"] > data_to_on - MONTH, "follow-up not complete"),
    ]
    no_class = exclusions[0][0] | exclusions[1][0] | exclusions[2][0]
    counting = _spells_with_a_death(finished[~no_class], deaths)
    return candidates("mortality_30d", finished, exclusions, finished["record_id"].isin(counting))


def _spells_with_a_death(spells: pd.DataFrame, deaths: pd.DataFrame) -> set[str]:
    """The spell that has a patient's death: going back from the last one, the first that the death can belong to."""
    died_on: dict[str, pd.Timestamp] = {}
    for death in deaths.itertuples():
        died_on[death.patient] = min(death.died_on, died_on.get(death.patient, death.died_on))
    in_hospital = set(spells.loc[spells["discharge_method"] == "4", "patient"])
    concerned = spells[spells["patient"].isin(in_hospital | set(died_on))]
    found = set()
    for patient, own in concerned.sort_values(["discharged_on", "admitted_on", "record_id"]).groupby("patient"):
        death_on = died_on.get(patient)
        for spell in own.iloc[::-1].itertuples():
            registered = death_on is not None and spell.admitted_on <= death_on <= spell.discharged_on + MONTH
            if spell.discharge_method == "4" or registered:
                found.add(spell.record_id)
                break
    return found
