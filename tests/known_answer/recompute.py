"""The whole recomputation: from a folder of extracts to every candidate record and every unit's months."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from tests.known_answer.attribution import attribute
from tests.known_answer.identity import number_in_use
from tests.known_answer.measures_bed_days import excess_bed_days
from tests.known_answer.measures_coding import coding_measures, episode_measures
from tests.known_answer.measures_inpatient import inpatient_measures, spells
from tests.known_answer.measures_mortality import mortality_30d
from tests.known_answer.measures_outpatient import dna_rate
from tests.known_answer.measures_theatre import theatre_measures
from tests.known_answer.organisation import organisation
from tests.known_answer.read import read_extracts
from tests.known_answer.rollup import performance

MEASURES = (
    "finished_spells",
    "length_of_stay_elective",
    "length_of_stay_emergency",
    "day_case_rate",
    "day_case_conversion",
    "emergency_readmission_30d",
    "emergency_readmission_28d",
    "in_hospital_mortality",
    "mortality_30d",
    "excess_bed_days",
    "finished_episodes",
    "coding_depth",
    "uncoded_primary_diagnosis",
    "default_consultant_code_rate",
    "dna_rate",
    "theatre_utilisation_capped",
    "late_start_minutes",
    "cancellation_on_the_day",
)
TABLES = (
    "pas__patient_merge",
    "pas__consultant_episode",
    "outcome__registered_death",
    "pas__outpatient_attendance",
    "theatre__theatre_list",
    "theatre__theatre_case",
    "workforce__organisation_unit",
    "workforce__clinician",
    "workforce__post",
)


@dataclass(frozen=True)
class Answer:
    """Candidate records, performance by unit and month, and the last day that the extracts tell of."""

    records: pd.DataFrame
    performance: pd.DataFrame
    data_to_on: pd.Timestamp


def recompute(folder: Path, *, files: Sequence[Path] | None = None) -> Answer:
    """Return every measure of the extracts in `folder`, without a database."""
    tables = read_extracts(folder, TABLES, files=files)
    tree, clinicians = organisation(tables), tables["workforce__clinician"]
    episodes = tables["pas__consultant_episode"]
    episodes["local_patient_identifier"] = number_in_use(
        tables["pas__patient_merge"], episodes["local_patient_identifier"]
    )
    deaths = tables["outcome__registered_death"].rename(columns={"person_death_date": "died_on"})
    deaths["patient"] = number_in_use(tables["pas__patient_merge"], deaths["local_patient_identifier"])
    spell = spells(episodes)
    attendance, lists = tables["pas__outpatient_attendance"], tables["theatre__theatre_list"]

    def leaf(frame: pd.DataFrame, consultant: str, function: str, day: str) -> pd.Series:
        asked = frame[[consultant, function, day]]
        return attribute(
            tree, clinicians, asked.set_axis(["consultant_code", "treatment_function_code", "day"], axis=1)
        )

    function = "activity_treatment_function_code"
    spell["org_unit_key"] = leaf(spell, "last_consultant", "last_function", "discharged_on")
    admitted = spell.assign(org_unit_key=leaf(spell, "first_consultant", "first_function", "admitted_on"))
    episodes["org_unit_key"] = leaf(episodes, "consultant_code", function, "end_date_episode")
    attendance["org_unit_key"] = leaf(attendance, "consultant_code", function, "appointment_date")
    lists["org_unit_key"] = leaf(lists, "list_owner_consultant_code", function, "list_date")

    days = pd.concat(
        [
            spell["discharged_on"].dropna(),
            attendance.loc[attendance["attended_or_did_not_attend_code"] != "0", "appointment_date"],
            lists.loc[lists["list_status_code"] == "H", "list_date"],
        ]
    )
    data_to_on = days.max()
    records = pd.concat(
        [
            *inpatient_measures(spell, data_to_on),
            mortality_30d(spell, deaths, data_to_on),
            excess_bed_days(spell),
            *coding_measures(admitted),
            *episode_measures(episodes),
            dna_rate(attendance, data_to_on),
            *theatre_measures(lists, tables["theatre__theatre_case"]),
        ],
        ignore_index=True,
    )
    months = pd.period_range(days.min(), data_to_on, freq="M")
    return Answer(records, performance(records, tree, months), data_to_on)
