"""Recompute the measures of outpatient clinics from appointments and clinic templates, by consultant of the clinic."""

import pandas as pd

from tests.known_answer.candidate import candidates

FIRST = ("1", "3")
FOLLOW_UP = ("2", "4")
SEEN = ("5", "6")
ADMINISTRATIVE = "5"


def outpatient_measures(
    attendances: pd.DataFrame, sessions: pd.DataFrame, data_to_on: pd.Timestamp
) -> list[pd.DataFrame]:
    """Return the candidates of the six measures up to `data_to_on`; both frames carry org_unit_key."""
    due = attendances[attendances["appointment_date"] <= data_to_on]
    due = due.assign(
        record_type="attendance", record_id=due["attendance_identifier"], occurred_on=due["appointment_date"]
    )
    seen = due[due["attended_or_did_not_attend_code"].isin(SEEN)]
    return [
        _dna_rate(due),
        _hospital_cancellation_rate(due),
        _outpatient_attendances(seen),
        _new_to_follow_up_ratio(seen),
        _discharge_at_first_attendance(seen),
        _clinic_slot_utilisation(sessions[sessions["session_date"] <= data_to_on], seen),
    ]


def is_administrative(attendances: pd.DataFrame) -> pd.Series:
    """An event of the clock of a pathway, at which nobody is seen."""
    return attendances["first_attendance_code"] == ADMINISTRATIVE


def _dna_rate(due: pd.DataFrame) -> pd.DataFrame:
    attended = due["attended_or_did_not_attend_code"]
    exclusions = [
        (is_administrative(due), "administrative event"),
        (attended == "0", "future"),
        (attended == "2", "cancelled by patient"),
        (attended == "4", "cancelled by hospital"),
    ]
    return candidates("dna_rate", due, exclusions, attended.isin(["3", "7"]))


def _hospital_cancellation_rate(due: pd.DataFrame) -> pd.DataFrame:
    attended = due["attended_or_did_not_attend_code"]
    exclusions = [(is_administrative(due), "administrative event"), (attended == "0", "future")]
    return candidates("hospital_cancellation_rate", due, exclusions, attended == "4")


def _outpatient_attendances(seen: pd.DataFrame) -> pd.DataFrame:
    exclusions = [(is_administrative(seen), "administrative event")]
    return candidates("outpatient_attendances", seen, exclusions, 1.0, None)


def _new_to_follow_up_ratio(seen: pd.DataFrame) -> pd.DataFrame:
    kind = seen["first_attendance_code"]
    exclusions = [(is_administrative(seen), "administrative event")]
    return candidates("new_to_follow_up_ratio", seen, exclusions, kind.isin(FOLLOW_UP), kind.isin(FIRST))


def _discharge_at_first_attendance(seen: pd.DataFrame) -> pd.DataFrame:
    first = seen[seen["first_attendance_code"].isin(FIRST)]
    outcome = first["outcome_of_attendance_code"]
    discharged = outcome.eq("1").fillna(False)
    return candidates(
        "discharge_at_first_attendance", first, [(outcome.isna(), "outcome not recorded")], discharged.astype(bool)
    )


def _clinic_slot_utilisation(sessions: pd.DataFrame, seen: pd.DataFrame) -> pd.DataFrame:
    # Each patient seen is looked up among the sessions, so that one without a session counts nowhere.
    day = sessions["session_date"]
    session_id = sessions["clinic_code"] + "|" + day.dt.strftime("%Y-%m-%d")
    sessions = sessions.assign(record_type="clinic_session", record_id=session_id, occurred_on=day)
    patients = seen[~is_administrative(seen)]
    at = patients["clinic_code"] + "|" + patients["appointment_date"].dt.strftime("%Y-%m-%d")
    used = sessions["record_id"].map(at.value_counts()).fillna(0)
    slots = sessions["slots_new"] + sessions["slots_follow_up"]
    exclusions = [
        (sessions["clinic_status_code"] == "C", "session cancelled"),
        (slots <= 0, "no slots offered"),
    ]
    return candidates("clinic_slot_utilisation", sessions, exclusions, used, slots)
