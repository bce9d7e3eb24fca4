"""Theatre, outcome and workforce extracts: arrays as columns of text."""

from collections.abc import Iterable, Sequence

import numpy as np

from orchestration.synthetic import outcomes
from orchestration.synthetic.catalogue import DEPARTMENTS, DIVISIONS, GYNAECOLOGY, TRUST_CODE, TRUST_NAME
from orchestration.synthetic.columns import (
    Day,
    Instant,
    Measured,
    Numbered,
    Table,
    coded,
    constant,
    date_text,
    listed,
)
from orchestration.synthetic.days import DataYear
from orchestration.synthetic.pas_tables import FUNCTIONS, consultant, treatment_opcs
from orchestration.synthetic.registration import number_at, usual_number
from orchestration.synthetic.theatres import REASONS
from orchestration.synthetic.workforce import CONSULTANT, GRADES, Workforce, local_code

FOUNDED = "2015-04-01"
_SESSION_TYPES = ("E", "T", "M")
_DIGITS = tuple("0123456789")
_NEW_DIVISION = "WCH"


def theatre_lists(lists: np.ndarray, workforce: Workforce) -> Table:
    """Planned lists, held or cancelled."""
    return {
        "theatre_list_identifier": Numbered(lists["number"], "TL", 9),
        "theatre_code": Numbered(lists["theatre"] + 1, "TH", 2),
        "list_date": Day(lists["day"]),
        "planned_start_at": Instant(lists["start"]),
        "planned_finish_at": Instant(lists["finish"]),
        "list_owner_consultant_code": consultant(lists["owner"], workforce),
        "activity_treatment_function_code": coded(lists["department"], FUNCTIONS),
        "session_type_code": coded(lists["kind"], _SESSION_TYPES),
        "list_status_code": coded(~lists["held"], ("H", "C")),
    }


def theatre_cases(cases: np.ndarray, lists: np.ndarray, workforce: Workforce) -> Table:
    """Cases operated and cancelled; `cases['list']` is the row of `lists`."""
    people = {
        f"{column}_code": consultant(cases[field], workforce)
        for column, field in (
            ("operating_surgeon", "surgeon"),
            ("supervising_consultant", "supervisor"),
            ("anaesthetist", "anaesthetist"),
            ("assistant", "assistant"),
        )
    }
    return {
        "theatre_case_identifier": Numbered(cases["number"], "TC", 9),
        "theatre_list_identifier": Numbered(lists["number"][cases["list"]], "TL", 9),
        "local_patient_identifier": number_at(cases["patient"], cases["spell"]),
        "hospital_provider_spell_number": Numbered(cases["spell"], "S", 9),
        "case_order": Measured(cases["order"]),
        "case_urgency_code": coded(cases["urgency"], _DIGITS),
        "into_anaesthetic_room_at": Instant(cases["t1"]),
        "knife_to_skin_at": Instant(cases["t2"]),
        "procedure_finish_at": Instant(cases["t3"]),
        "out_of_theatre_at": Instant(cases["t4"]),
        **people,
        "primary_procedure_opcs": treatment_opcs(cases["treatment"]),
        "asa_physical_status_code": coded(cases["asa"], _DIGITS),
        "unplanned_return_indicator": coded(cases["is_return"], ("N", "Y")),
        "case_status_code": coded(cases["operated"], ("C", "O")),
        "cancelled_at": Instant(cases["cancelled_at"]),
        "cancellation_reason_code": coded(cases["reason"], REASONS),
        "postponed_within_24_hours_indicator": coded(cases["postponed"], ("N", "Y")),
    }


def registered_deaths(patients: np.ndarray, records: np.ndarray) -> Table:
    """Deaths of `patients`, whose `records` say when, where and of what."""
    died = records[patients]
    return {
        "local_patient_identifier": usual_number(patients),
        "person_death_date": Day(died["death"]),
        "death_location_type_code": coded(died["place"], ("1", "2", "3")),
        "underlying_cause_icd": coded(died["cause"], outcomes.CAUSES),
    }


def proms_questionnaires(rows: np.ndarray) -> Table:
    """PROMs questionnaires."""
    return {
        "proms_serial_number": Numbered(rows["serial"], "PR", 9),
        "questionnaire_stage": coded(rows["stage"], ("Q1", "Q2")),
        "local_patient_identifier": number_at(rows["patient"], rows["spell"]),
        "hospital_provider_spell_number": Numbered(rows["spell"], "S", 9),
        "procedure_group": coded(rows["group"], outcomes.PROMS_GROUPS),
        "completed_date": Day(rows["day"]),
        "oxford_score": Measured(rows["oxford"]),
        "eq5d_index": Measured(rows["eq5d"], 3),
        "eq_vas": Measured(rows["vas"]),
    }


def surgical_site_infections(rows: np.ndarray) -> Table:
    """Operations under surveillance, infected or not."""
    return {
        "theatre_case_identifier": Numbered(rows["case"], "TC", 9),
        "surveillance_category": coded(rows["category"], outcomes.CATEGORIES),
        "infection_type_code": coded(rows["type"], outcomes.INFECTION_TYPES),
        "infection_onset_date": Day(rows["onset"]),
        "surveillance_end_date": Day(rows["end"]),
    }


def complications(rows: np.ndarray) -> Table:
    """Complications after operations."""
    return {
        "complication_identifier": Numbered(rows["number"], "CO", 9),
        "hospital_provider_spell_number": Numbered(rows["spell"], "S", 9),
        "theatre_case_identifier": Numbered(rows["case"], "TC", 9),
        "complication_date": Day(rows["day"]),
        "complication_icd": coded(rows["code"], outcomes.COMPLICATION_CODES),
        "clavien_dindo_grade": coded(rows["grade"], outcomes.GRADES),
    }


def _from_rows(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    values = list(zip(*rows, strict=True))
    return {name: listed(column) for name, column in zip(columns, values, strict=True)}


def organisation_units(workforce: Workforce) -> Table:
    """Trust, divisions and departments; gynaecology changes its division on the day that `workforce` says."""
    rows = [(TRUST_CODE, "trust", TRUST_NAME, "", "", "", FOUNDED, "")]
    rows += [(code, "division", name, TRUST_CODE, "", "", FOUNDED, "") for code, (name, _) in DIVISIONS.items()]
    for number, unit in enumerate(DEPARTMENTS):
        same = (unit.code, "department", unit.name)
        function = (unit.function, unit.function)
        moves = number == GYNAECOLOGY
        last = date_text(workforce.moved_on - 1) if moves else ""
        rows.append((*same, unit.division, *function, FOUNDED, last))
        if moves:
            rows.append((*same, _NEW_DIVISION, *function, date_text(workforce.moved_on), ""))
    columns = ("org_unit_code", "org_unit_level", "org_unit_name", "parent_org_unit_code", "main_specialty_code",
               "treatment_function_code", "valid_from_date", "valid_to_date")  # fmt: skip
    return _from_rows(columns, rows)


def clinicians(workforce: Workforce) -> Table:
    """Everyone with a GMC number."""
    return {
        "consultant_code": listed(workforce.codes),
        "clinician_name": listed(workforce.people),
        "user_name": listed(workforce.users),
        "grade": coded(workforce.clinicians["grade"], GRADES),
        "main_specialty_code": coded(workforce.clinicians["department"], FUNCTIONS),
    }


def clinician_aliases(workforce: Workforce) -> Table:
    """By which code of its own the theatre system knows a clinician."""
    return {
        "alias_type": constant("local", len(workforce.codes)),
        "alias": listed([local_code(number) for number in range(len(workforce.codes))]),
        "consultant_code": listed(workforce.codes),
        "valid_from_date": constant(FOUNDED, len(workforce.codes)),
        "valid_to_date": constant("", len(workforce.codes)),
    }


def posts(workforce: Workforce) -> Table:
    """Posts, past and present."""
    held = workforce.posts
    return {
        "post_number": Numbered(np.arange(1, len(held) + 1), "P", 5),
        "consultant_code": consultant(held["clinician"], workforce),
        "org_unit_code": coded(held["department"], [unit.code for unit in DEPARTMENTS]),
        "post_share": Measured(held["share"], 2),
        "valid_from_date": Day(held["start"]),
        "valid_to_date": Day(held["end"]),
    }


def job_plans(workforce: Workforce, leave_shares: dict[DataYear, np.ndarray]) -> Table:
    """Programmed activities of each post: ten a week for a whole consultant post, and the leave of each data year.

    Leave is told in sessions a week: the part of all other sessions that `leave_shares` has for the clinician.
    """
    rows = []
    for number, post in enumerate(workforce.posts, start=1):
        unit = DEPARTMENTS[post["department"]]
        share, whole = float(post["share"]), 10.0
        lists = unit.lists * (2 if unit.all_day else 1)
        consultant_post = workforce.clinicians["grade"][post["clinician"]] == CONSULTANT
        sessions = {
            "clinic": unit.clinics if consultant_post else 1.0,
            "theatre": lists if consultant_post else min(lists, 2.0),
            "on call": 1.0,
            "supporting": 1.5,
        }
        sessions["ward"] = max(whole - sum(sessions.values()), 0.5)
        periods = [(activity, count, int(post["start"]), int(post["end"])) for activity, count in sessions.items()]
        for year, leave_share in leave_shares.items():
            first, last = max(int(post["start"]), year.start), min(int(post["end"]), year.end)
            if first <= last:
                periods.append(("leave", sum(sessions.values()) * leave_share[post["clinician"]], first, last))
        rows += [
            (f"P{number:05d}", activity, *2 * (f"{count * share:.2f}",), date_text(first), date_text(last))
            for activity, count, first, last in periods
            if count
        ]
    columns = ("post_number", "activity_type", "programmed_activities_per_week", "sessions_per_week", "valid_from_date",
               "valid_to_date")  # fmt: skip
    return _from_rows(columns, rows)


def leadership_posts(workforce: Workforce) -> Table:
    """Who leads, or audits, which unit."""
    columns = ("user_name", "person_name", "leadership_role", "org_unit_code", "valid_from_date", "valid_to_date")
    return _from_rows(
        columns,
        [
            (one.user, one.person, one.role, one.unit, date_text(one.start), date_text(one.end))
            for one in workforce.leaders
        ],
    )
