"""Recompute what there is to confirm: the records of a trust in which nobody has said anything yet."""

import pandas as pd

from tests.known_answer.candidate import candidates
from tests.known_answer.carried import Carried
from tests.known_answer.measures_inpatient import finished_spells

FUTURE = "0"


def validation_coverage(of: Carried, data_to_on: pd.Timestamp) -> pd.DataFrame:
    """Return the candidates: finished spells, cases of known lists and appointments up to the last day, of posts."""
    due = of.attendance[of.attendance["attended_or_did_not_attend_code"] != FUTURE]
    kinds = [
        finished_spells(of.spell),
        of.booked.assign(
            record_type="theatre_case",
            record_id=of.booked["theatre_case_identifier"],
            occurred_on=of.booked["list_date"],
        ),
        due.assign(
            record_type="attendance", record_id=due["attendance_identifier"], occurred_on=due["appointment_date"]
        ),
    ]
    columns = ["record_type", "record_id", "org_unit_key", "occurred_on"]
    records = pd.concat([kind[columns] for kind in kinds], ignore_index=True)
    is_due = (records["occurred_on"] <= data_to_on) & records["org_unit_key"].str.startswith("post:")
    return candidates("validation_coverage", records[is_due].reset_index(drop=True), [], 0.0)
