"""The whole recomputation: from a folder of extracts to every candidate record and every unit's months."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from tests.known_answer.attribution import attribute
from tests.known_answer.clinician_code import consultant_meant
from tests.known_answer.identity import number_in_use
from tests.known_answer.measures_inpatient import inpatient_measures, spells
from tests.known_answer.measures_job_plan import job_plan_measures
from tests.known_answer.measures_outpatient import outpatient_measures
from tests.known_answer.measures_theatre import theatre_measures
from tests.known_answer.measures_waiting import waiting_measures
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
    "hospital_cancellation_rate",
    "outpatient_attendances",
    "new_to_follow_up_ratio",
    "discharge_at_first_attendance",
    "clinic_slot_utilisation",
    "rtt_within_18_weeks",
    "waiting_over_52_weeks",
    "cases_per_planned_session",
    "attendances_per_planned_clinic",
    "theatre_utilisation_capped",
    "late_start_minutes",
    "cancellation_on_the_day",
)
TABLES = (
    "pas__patient_merge",
    "pas__consultant_episode",
    "pas__outpatient_attendance",
    "pas__clinic_template",
    "pas__rtt_pathway",
    "theatre__theatre_list",
    "theatre__theatre_case",
    "workforce__organisation_unit",
    "workforce__clinician",
    "workforce__clinician_alias",
    "workforce__post",
    "workforce__job_plan",
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
    pathways = tables["pas__rtt_pathway"]
    pathways["org_unit_key"] = leaf(pathways, "consultant_code", function, "month_end_date")
    sessions = tables["pas__clinic_template"]
    sessions["org_unit_key"] = leaf(sessions, "consultant_code", function, "session_date")
    lists["org_unit_key"] = leaf(lists, "list_owner_consultant_code", function, "list_date")
    cases = tables["theatre__theatre_case"]
    booked = cases.merge(lists[["theatre_list_identifier", function, "list_date"]], on="theatre_list_identifier")
    booked["operating_surgeon_code"] = consultant_meant(
        clinicians, tables["workforce__clinician_alias"], booked["operating_surgeon_code"], booked["list_date"]
    )
    booked["org_unit_key"] = leaf(booked, "operating_surgeon_code", function, "list_date")

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
            *outpatient_measures(attendance, sessions, data_to_on),
            *waiting_measures(pathways, data_to_on),
            *job_plan_measures(tables, booked, pd.date_range(days.min(), data_to_on)),
            *theatre_measures(lists, cases),
        ],
        ignore_index=True,
    )
    months = pd.period_range(days.min(), data_to_on, freq="M")
    return Answer(records, performance(records, tree, months), data_to_on)
