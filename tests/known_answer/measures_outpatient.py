"""Recompute the DNA rate from outpatient attendances, by consultant of the clinic."""

import pandas as pd

from tests.known_answer.candidate import candidates


def dna_rate(attendances: pd.DataFrame, data_to_on: pd.Timestamp) -> pd.DataFrame:
    """Return the candidates: appointments up to `data_to_on`; `attendances` carry org_unit_key."""
    due = attendances[attendances["appointment_date"] <= data_to_on]
    due = due.assign(
        record_type="attendance", record_id=due["attendance_identifier"], occurred_on=due["appointment_date"]
    )
    attended = due["attended_or_did_not_attend_code"]
    exclusions = [
        (due["first_attendance_code"] == "5", "administrative event"),
        (attended == "0", "future"),
        (attended == "2", "cancelled by patient"),
        (attended == "4", "cancelled by hospital"),
    ]
    return candidates("dna_rate", due, exclusions, attended.isin(["3", "7"]))
