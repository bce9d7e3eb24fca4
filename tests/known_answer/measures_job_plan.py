"""Recompute the measures of activity for each planned session: job plans laid out day by day, leave taken out."""

import numpy as np
import pandas as pd

from tests.known_answer.attribution import DEFAULT_CODES
from tests.known_answer.candidate import candidates
from tests.known_answer.measures_outpatient import SEEN, is_administrative
from tests.known_answer.organisation import FOREVER

LEAVE = "leave"


def job_plan_measures(
    tables: dict[str, pd.DataFrame], attendances: pd.DataFrame, booked: pd.DataFrame, days: pd.DatetimeIndex
) -> list[pd.DataFrame]:
    """Return the candidates of the two measures: what was done, and the months of posts with planned sessions.

    `days` are those that the extracts cover; `attendances` carry org_unit_key, and so do the cases `booked` on a list.
    """
    months = _post_months(tables["workforce__job_plan"], tables["workforce__post"], days)
    return [
        _operations(booked, tables["theatre__theatre_list"], days[-1]),
        _planned("cases_per_planned_session", months, "theatre", []),
        _attendances(attendances, days[-1]),
        _planned("attendances_per_planned_clinic", months, "clinic", _not_of_consultants(tables)),
    ]


def _operations(booked: pd.DataFrame, lists: pd.DataFrame, data_to_on: pd.Timestamp) -> pd.DataFrame:
    done = booked[(booked["case_status_code"] == "O") & (booked["list_date"] <= data_to_on)]
    done = done.assign(
        record_type="theatre_case", record_id=done["theatre_case_identifier"], occurred_on=done["list_date"]
    )
    elective = lists.loc[lists["session_type_code"] == "E", "theatre_list_identifier"]
    exclusions = [(~done["theatre_list_identifier"].isin(elective), "not an elective list")]
    return candidates("cases_per_planned_session", done, exclusions, 1.0, 0.0)


def _attendances(attendances: pd.DataFrame, data_to_on: pd.Timestamp) -> pd.DataFrame:
    seen = attendances[
        attendances["attended_or_did_not_attend_code"].isin(SEEN) & (attendances["appointment_date"] <= data_to_on)
    ]
    seen = seen.assign(
        record_type="attendance", record_id=seen["attendance_identifier"], occurred_on=seen["appointment_date"]
    )
    exclusions = [(is_administrative(seen), "administrative event")]
    return candidates("attendances_per_planned_clinic", seen, exclusions, 1.0, 0.0)


def _not_of_consultants(tables: dict[str, pd.DataFrame]) -> list[str]:
    """Return the posts whose holder is of another grade, or nobody known: they see patients in others' clinics."""
    clinicians, posts = tables["workforce__clinician"], tables["workforce__post"]
    consultants = clinicians.loc[clinicians["grade"] == "consultant", "consultant_code"]
    known = consultants[~consultants.isin(DEFAULT_CODES)]
    return posts.loc[~posts["consultant_code"].isin(known), "post_number"].tolist()


def _planned(measure_id: str, months: pd.DataFrame, activity: str, left_out: list[str]) -> pd.DataFrame:
    mine = months[months["activity_type"] == activity]
    exclusions = [(mine["post_number"].isin(left_out), "not a post of a consultant")]
    return candidates(measure_id, mine, exclusions, 0.0, mine["worked"])


def _post_months(plans: pd.DataFrame, posts: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Return a row for each post, duty and month: its sessions `worked` and the first day on which they held."""
    daily = _each_day(plans.merge(posts, on="post_number", suffixes=("", "_post")), days)
    of_month = ["post_number", daily["day"].dt.to_period("M").rename("month")]
    months = daily.groupby([*of_month, "activity_type"], as_index=False).agg(
        sessions=("sessions", "sum"), occurred_on=("day", "min")
    )
    on_leave = months["activity_type"] == LEAVE
    whole = months.assign(leave=months["sessions"].where(on_leave, 0), duty=months["sessions"].mask(on_leave, 0))
    whole = whole.groupby(["post_number", "month"], as_index=False)[["leave", "duty"]].sum()
    months = months[~on_leave].merge(whole, on=["post_number", "month"])
    # What is left of all duties is shared out again as the plan shares them; nothing is left where leave is more.
    left = (months["duty"] - months["leave"]).clip(lower=0)
    part = np.divide(months["sessions"], months["duty"], where=months["duty"] > 0, out=np.zeros(len(months)))
    first = months["month"].dt.to_timestamp().dt.strftime("%Y-%m-%d")
    return months.assign(
        record_type="post_month",
        record_id=months["post_number"] + "|" + first,
        org_unit_key="post:" + months["post_number"],
        worked=part * left,
    )


def _each_day(plans: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Return a row for each row of a plan and day on which it, its post and the data hold, with a day's sessions."""
    each = plans.merge(pd.DataFrame({"day": days}), how="cross")
    for suffix in ("", "_post"):
        until = each[f"valid_to_date{suffix}"].fillna(FOREVER)
        each = each[each["day"].between(each[f"valid_from_date{suffix}"], until)]
    weekly = each["sessions_per_week"].fillna(each["programmed_activities_per_week"])
    return each.assign(sessions=weekly / 7)
