"""Recompute the measures of waiting from pathways that were incomplete at a month end, by consultant of the pathway."""

import pandas as pd

from tests.known_answer.candidate import candidates

# Referral to treatment period status: what stops a clock, and where none runs (domain.md 2.2).
STOPPED = tuple(str(code) for code in range(30, 37))
NO_CLOCK = ("90", "91", "92", "98")


def waiting_measures(pathways: pd.DataFrame, data_to_on: pd.Timestamp) -> list[pd.DataFrame]:
    """Return the candidates of the two measures; `pathways` carry org_unit_key.

    A month end after the last day of data counts where it ends the month of that day.
    """
    taken = pathways[pathways["month_end_date"] <= data_to_on + pd.offsets.MonthEnd(0)]
    month_end, start = taken["month_end_date"], taken["referral_to_treatment_period_start_date"]
    taken = taken.assign(
        record_type="rtt_pathway",
        record_id=month_end.dt.strftime("%Y-%m-%d") + "|" + taken["patient_pathway_identifier"],
        occurred_on=month_end,
    )
    status = taken["referral_to_treatment_period_status_code"]
    exclusions = [
        (status.isin(STOPPED), "clock stopped"),
        (status.isin(NO_CLOCK), "no clock running"),
        (start > month_end, "clock starts after the month end"),
    ]
    return [
        candidates("rtt_within_18_weeks", taken, exclusions, start + pd.Timedelta(weeks=18) >= month_end),
        candidates("waiting_over_52_weeks", taken, exclusions, start + pd.Timedelta(weeks=52) < month_end),
    ]
