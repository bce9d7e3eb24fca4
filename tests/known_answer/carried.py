"""Every record of the extracts with the unit that carries it: who answers for it, then which post of theirs."""

from dataclasses import dataclass

import pandas as pd

from tests.known_answer.attribution import attribute
from tests.known_answer.clinician_names import meanings, people
from tests.known_answer.identity import number_in_use
from tests.known_answer.measures_inpatient import spells
from tests.known_answer.organisation import Organisation
from tests.known_answer.responsible import clinics, episodes, theatre

FUNCTION = "activity_treatment_function_code"
OF_PATIENTS = (
    "pas__consultant_episode",
    "theatre__theatre_case",
    "outcome__registered_death",
    "outcome__proms_questionnaire",
)


@dataclass(frozen=True)
class Carried:
    """Records with `org_unit_key`: spells by who discharged or admitted, cases `booked` on a known list by surgeon."""

    spell: pd.DataFrame
    admitted: pd.DataFrame
    episode: pd.DataFrame
    attendance: pd.DataFrame
    session: pd.DataFrame
    pathway: pd.DataFrame
    lists: pd.DataFrame
    cases: pd.DataFrame
    booked: pd.DataFrame


def carried(tables: dict[str, pd.DataFrame], tree: Organisation) -> Carried:
    """Return the records of `tables`; hospital numbers in these become the ones in use."""
    clinicians = tables["workforce__clinician"]
    meaning = meanings(clinicians, tables["workforce__clinician_alias"])
    for name in OF_PATIENTS:
        number = number_in_use(tables["pas__patient_merge"], tables[name]["local_patient_identifier"])
        tables[name]["local_patient_identifier"] = number
    lists, cases = tables["theatre__theatre_list"], tables["theatre__theatre_case"]
    owner, told = theatre(lists, cases, clinicians, meaning)
    episode, attendance = tables["pas__consultant_episode"], tables["pas__outpatient_attendance"]
    session, pathway = tables["pas__clinic_template"], tables["pas__rtt_pathway"]
    episode["responsible"] = episodes(episode, tables["pas__elective_admission_list"], told, meaning)
    attendance["responsible"], session["responsible"] = clinics(attendance, session, meaning)
    pathway["responsible"] = people(pathway["consultant_code"], meaning)
    lists["responsible"] = lists["theatre_list_identifier"].map(owner)
    booked = cases.merge(lists[["theatre_list_identifier", FUNCTION, "list_date"]], on="theatre_list_identifier")
    booked["responsible"] = booked["theatre_case_identifier"].map(told["operating_surgeon"])

    def leaf(frame: pd.DataFrame, day: str, consultant: str = "responsible", function: str = FUNCTION) -> pd.DataFrame:
        asked = frame[[consultant, function, day]].set_axis(
            ["consultant_code", "treatment_function_code", "day"], axis=1
        )
        # Where nobody at all is named the column has no type of its own.
        asked = asked.astype({"consultant_code": "str", "treatment_function_code": "str"})
        return frame.assign(org_unit_key=attribute(tree, clinicians, asked))

    spell = spells(episode)
    return Carried(
        spell=leaf(spell, "discharged_on", "last_consultant", "last_function"),
        admitted=leaf(spell, "admitted_on", "first_consultant", "first_function"),
        episode=leaf(episode, "end_date_episode"),
        attendance=leaf(attendance, "appointment_date"),
        session=leaf(session, "session_date"),
        pathway=leaf(pathway, "month_end_date"),
        lists=leaf(lists, "list_date"),
        cases=cases,
        booked=leaf(booked, "list_date"),
    )
