"""The whole recomputation: from a folder of extracts to every candidate record and every unit's months."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from tests.known_answer.attribution import attribute
from tests.known_answer.clinician_code import consultant_meant
from tests.known_answer.identity import number_in_use
from tests.known_answer.measures_inpatient import inpatient_measures, spells
from tests.known_answer.measures_outpatient import dna_rate
from tests.known_answer.measures_proms import proms_measures
from tests.known_answer.measures_surgical import surgical_measures
from tests.known_answer.measures_theatre import theatre_measures
from tests.known_answer.organisation import organisation
from tests.known_answer.read import read_extracts
from tests.known_answer.rollup import performance

MEASURES = (
    "finished_spells",
    "length_of_stay_elective",
    "length_of_stay_emergency",
    "day_case_rate",
    "emergency_readmission_30d",
    "in_hospital_mortality",
    "dna_rate",
    "theatre_utilisation_capped",
    "late_start_minutes",
    "cancellation_on_the_day",
    "return_to_theatre",
    "complication_rate",
    "surgical_site_infection",
    "oxford_hip_gain",
    "oxford_knee_gain",
    "eq5d_gain",
    "proms_response_rate",
)
TABLES = (
    "pas__patient_merge",
    "pas__consultant_episode",
    "pas__outpatient_attendance",
    "theatre__theatre_list",
    "theatre__theatre_case",
    "outcome__complication",
    "outcome__surgical_site_infection",
    "outcome__proms_questionnaire",
    "workforce__organisation_unit",
    "workforce__clinician",
    "workforce__clinician_alias",
    "workforce__post",
)


@dataclass(frozen=True)
class Answer:
    """Candidate records, performance by unit and month, and the last day that the extracts tell of."""

    records: pd.DataFrame
    performance: pd.DataFrame
    data_to_on: pd.Timestamp


def recompute(folder: Path, *, files: Sequence[Path] | None = None) -> Answer:
    """Return the measures of the extracts in `folder`, without a database."""
    tables = read_extracts(folder, TABLES, files=files)
    tree, clinicians = organisation(tables), tables["workforce__clinician"]
    episodes = tables["pas__consultant_episode"]
    episodes["local_patient_identifier"] = number_in_use(
        tables["pas__patient_merge"], episodes["local_patient_identifier"]
    )
    spell = spells(episodes)
    attendance, lists = tables["pas__outpatient_attendance"], tables["theatre__theatre_list"]

    def leaf(frame: pd.DataFrame, consultant: str, function: str, day: str) -> pd.Series:
        asked = frame[[consultant, function, day]]
        return attribute(
            tree, clinicians, asked.set_axis(["consultant_code", "treatment_function_code", "day"], axis=1)
        )

    function = "activity_treatment_function_code"
    spell["org_unit_key"] = leaf(spell, "last_consultant", "last_function", "discharged_on")
    attendance["org_unit_key"] = leaf(attendance, "consultant_code", function, "appointment_date")
    lists["org_unit_key"] = leaf(lists, "list_owner_consultant_code", function, "list_date")
    cases = tables["theatre__theatre_case"]
    booked = cases.merge(lists[["theatre_list_identifier", function, "list_date"]], on="theatre_list_identifier")
    booked["operating_surgeon_code"] = consultant_meant(
        clinicians, tables["workforce__clinician_alias"], booked["operating_surgeon_code"], booked["list_date"]
    )
    booked["org_unit_key"] = leaf(booked, "operating_surgeon_code", function, "list_date")
    proms = tables["outcome__proms_questionnaire"]
    proms["local_patient_identifier"] = number_in_use(tables["pas__patient_merge"], proms["local_patient_identifier"])

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
            dna_rate(attendance, data_to_on),
            *theatre_measures(lists, cases),
            *surgical_measures(booked, cases, spell, tables, data_to_on),
            *proms_measures(proms, spell, tree.trust_code, data_to_on),
        ],
        ignore_index=True,
    )
    months = pd.period_range(days.min(), data_to_on, freq="M")
    return Answer(records, performance(records, tree, months), data_to_on)
