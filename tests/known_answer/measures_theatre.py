"""Recompute three theatre measures from lists and cases, by owner of the list, and what all measures of lists share."""

import pandas as pd

from tests.known_answer.candidate import candidates

LOCAL_ZONE = "Europe/London"
TIME_POINTS = [
    "into_anaesthetic_room_at",
    "knife_to_skin_at",
    "procedure_finish_at",
    "out_of_theatre_at",
]
LONGEST_LIST = pd.Timedelta(hours=14)
LONGEST_CASE = pd.Timedelta(hours=24)


def instant(local: pd.Series) -> pd.Series:
    """Return the instants (UTC) of naive local times, so that differences are minutes that passed.

    An hour that occurs twice in autumn is read as winter time, one that spring skips as the hour after:
    the extracts cannot say which was meant.
    """
    winter = pd.Series(False, index=local.index).to_numpy()
    zoned = local.dt.tz_localize(LOCAL_ZONE, ambiguous=winter, nonexistent=pd.Timedelta(hours=1))
    return zoned.dt.tz_convert("UTC")


def theatre_measures(lists: pd.DataFrame, cases: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the candidates of the three measures; `lists` carry org_unit_key."""
    planned, operated = planned_lists(lists), operated_cases(cases)
    return [
        _utilisation(planned, operated),
        _late_start(planned, operated),
        _cancellation_on_the_day(planned, cases),
    ]


def planned_lists(lists: pd.DataFrame) -> pd.DataFrame:
    """Return `lists` as records by their identifier, with planned start and finish as instants."""
    return lists.assign(
        record_type="theatre_list",
        record_id=lists["theatre_list_identifier"],
        occurred_on=lists["list_date"],
        start=instant(lists["planned_start_at"]),
        finish=instant(lists["planned_finish_at"]),
    ).set_index("theatre_list_identifier", drop=False)


def operated_cases(cases: pd.DataFrame) -> pd.DataFrame:
    """Return the operated of `cases`, their time points as instants."""
    operated = cases[cases["case_status_code"] == "O"].copy()
    operated[TIME_POINTS] = operated[TIME_POINTS].apply(instant)
    return operated


def minutes(span: pd.Series) -> pd.Series:
    """Return how many minutes each span has."""
    return span.dt.total_seconds() / 60


def list_exclusions(planned: pd.DataFrame, operated: pd.DataFrame) -> list[tuple[pd.Series, str]]:
    """Return why the minutes of a list are not counted, in the order of the definition."""
    length = planned["finish"] - planned["start"]
    unusable = (length <= pd.Timedelta(0)) | (length > LONGEST_LIST)
    faulty = set(operated.loc[_has_faulty_times(operated), "theatre_list_identifier"])
    return [
        (planned["session_type_code"] != "E", "not an elective list"),
        (planned["list_status_code"] == "C", "list cancelled"),
        (unusable, "planned times not usable"),
        (planned["theatre_list_identifier"].isin(faulty), "case times missing or out of order"),
    ]


def _has_faulty_times(operated: pd.DataFrame) -> pd.Series:
    into, out = operated[TIME_POINTS[0]], operated[TIME_POINTS[-1]]
    faulty = into.isna() | out.isna() | ((out - into) > LONGEST_CASE)
    # Every pair, not neighbours only: T1 > T3 shows even where T2 is missing.
    for at, earlier in enumerate(TIME_POINTS):
        for later in TIME_POINTS[at + 1 :]:
            faulty |= operated[earlier] > operated[later]
    return faulty


def _utilisation(planned: pd.DataFrame, operated: pd.DataFrame) -> pd.DataFrame:
    return candidates(
        "theatre_utilisation_capped",
        planned,
        list_exclusions(planned, operated),
        _touched_minutes(planned, operated),
        minutes(planned["finish"] - planned["start"]),
    )


def _touched_minutes(planned: pd.DataFrame, operated: pd.DataFrame) -> pd.Series:
    """Minutes of the planned session in which at least one patient was in: overlaps count once."""
    case = operated.merge(planned[["start", "finish"]], left_on="theatre_list_identifier", right_index=True).dropna(
        subset=[TIME_POINTS[0], TIME_POINTS[-1]]
    )
    case["into"] = case[TIME_POINTS[0]].clip(case["start"], case["finish"])
    case["out"] = case[TIME_POINTS[-1]].clip(case["start"], case["finish"])
    case = case.sort_values(["theatre_list_identifier", "into", "out"])
    by_list = case.groupby("theatre_list_identifier")
    covered_to = by_list["out"].cummax().groupby(case["theatre_list_identifier"]).shift()
    begins = case["into"].where(covered_to.isna() | (case["into"] > covered_to), covered_to)
    fresh = minutes(case["out"] - begins).clip(lower=0)
    return fresh.groupby(case["theatre_list_identifier"]).sum().reindex(planned.index, fill_value=0.0)


def _late_start(planned: pd.DataFrame, operated: pd.DataFrame) -> pd.DataFrame:
    first_into = operated.groupby("theatre_list_identifier")[TIME_POINTS[0]].min().reindex(planned.index)
    is_empty = ~planned["theatre_list_identifier"].isin(operated["theatre_list_identifier"])
    exclusions = [*list_exclusions(planned, operated), (is_empty, "no case operated")]
    late = minutes(first_into - planned["start"]).clip(lower=0)
    return candidates("late_start_minutes", planned, exclusions, late)


def _cancellation_on_the_day(planned: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    of_list = planned[["org_unit_key", "occurred_on"]]
    elective = cases[cases["case_urgency_code"] == "4"].merge(
        of_list, left_on="theatre_list_identifier", right_index=True
    )
    elective = elective.assign(record_type="theatre_case", record_id=elective["theatre_case_identifier"])
    cancelled = elective["case_status_code"] == "C"
    cancelled_on = elective["cancelled_at"].dt.normalize()
    before = cancelled_on.isna() | (cancelled_on < elective["occurred_on"])
    exclusions = [
        (
            cancelled & (elective["postponed_within_24_hours_indicator"] == "Y"),
            "postponed within 24 hours",
        ),
        (cancelled & before, "cancelled before the day"),
    ]
    by_hospital = elective["cancellation_reason_code"].str.startswith("H").eq(True)
    return candidates("cancellation_on_the_day", elective, exclusions, cancelled & by_hospital)
