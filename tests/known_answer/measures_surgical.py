"""Recompute the three surgical measures, by surgeon of the first operation of a spell or of the operation itself."""

import pandas as pd

from tests.known_answer.candidate import candidates
from tests.known_answer.measures_inpatient import ELECTIVE
from tests.known_answer.measures_theatre import instant

FOLLOWED = pd.Timedelta(days=30)
SPELL = "hospital_provider_spell_number"
CASE = "theatre_case_identifier"


def surgical_measures(
    booked: pd.DataFrame,
    cases: pd.DataFrame,
    every_spell: pd.DataFrame,
    outcomes: dict[str, pd.DataFrame],
    data_to_on: pd.Timestamp,
) -> list[pd.DataFrame]:
    """Return the candidates of the three measures.

    `booked` are the cases on a known list, with its list_date and the org_unit_key of their surgeon; `cases` are all.
    """
    operated = cases[(cases["case_status_code"] == "O") & cases[SPELL].notna()]
    known = booked[booked[CASE].isin(operated[CASE])].sort_values(
        ["list_date", "into_anaesthetic_room_at", "case_order", CASE]
    )
    first = known.drop_duplicates(SPELL)
    first = first.assign(record_type="spell", record_id=first[SPELL], occurred_on=first["list_date"])
    return [
        _return_to_theatre(first, known, operated, every_spell),
        _complication_rate(first, outcomes["outcome__complication"], data_to_on),
        _surgical_site_infection(booked, outcomes["outcome__surgical_site_infection"], data_to_on),
    ]


def _return_to_theatre(
    first: pd.DataFrame, known: pd.DataFrame, operated: pd.DataFrame, every_spell: pd.DataFrame
) -> pd.DataFrame:
    elective = every_spell[every_spell["admission_method"].isin(ELECTIVE)]
    stays = first.merge(elective[["record_id", "is_finished"]], on="record_id")
    marked = operated["unplanned_return_indicator"] == "Y"
    exclusions = [
        (~stays["is_finished"], "spell not finished"),
        (~stays["record_id"].isin(operated.loc[~marked, SPELL]), "no operation before the return"),
    ]
    returned = stays["record_id"].isin(operated.loc[marked, SPELL]) | stays["record_id"].isin(_emergencies(known))
    return candidates("return_to_theatre", stays, exclusions, returned)


def _emergencies(known: pd.DataFrame) -> pd.Series:
    """Spells in which an emergency (NCEPOD 1 or 2) came later than an elective case: by day, then by T1."""
    timed = known.assign(into=instant(known["into_anaesthetic_room_at"]))[
        [SPELL, "case_urgency_code", "list_date", "into"]
    ]
    pairs = timed[timed["case_urgency_code"] == "4"].merge(
        timed[timed["case_urgency_code"].isin(["1", "2"])], on=SPELL, suffixes=("", "_emergency")
    )
    same_day = pairs["list_date"] == pairs["list_date_emergency"]
    later = pairs["list_date"] < pairs["list_date_emergency"]
    return pairs.loc[later | (same_day & (pairs["into"] < pairs["into_emergency"])), SPELL]


def _complication_rate(first: pd.DataFrame, complications: pd.DataFrame, data_to_on: pd.Timestamp) -> pd.DataFrame:
    pairs = first[[SPELL, "list_date"]].merge(complications, on=SPELL)
    days = (pairs["complication_date"] - pairs["list_date"]).dt.days
    complicated = first["record_id"].isin(pairs.loc[days.between(0, 30), SPELL])
    return candidates("complication_rate", first, [_not_followed(first, data_to_on)], complicated)


def _not_followed(records: pd.DataFrame, data_to_on: pd.Timestamp) -> tuple[pd.Series, str]:
    return records["list_date"] + FOLLOWED > data_to_on, "follow-up not complete"


def _surgical_site_infection(
    booked: pd.DataFrame, surveillance: pd.DataFrame, data_to_on: pd.Timestamp
) -> pd.DataFrame:
    watched = booked.merge(surveillance, on=CASE)
    watched = watched[watched["list_date"] <= data_to_on]
    watched = watched.assign(record_type="theatre_case", record_id=watched[CASE], occurred_on=watched["list_date"])
    infected = watched["infection_type_code"] != "N"
    until_onset = watched["infection_onset_date"] - watched["list_date"]
    until_end = watched["surveillance_end_date"] - watched["list_date"]
    exclusions = [
        (watched["case_status_code"] != "O", "not operated"),
        _not_followed(watched, data_to_on),
        # a missing day is no number of days
        (infected & ~(until_onset >= pd.Timedelta(0)), "day of onset missing or before the operation"),
        (~infected & ~(until_end >= FOLLOWED), "followed for less than 30 days"),
    ]
    return candidates("surgical_site_infection", watched, exclusions, infected & (until_onset <= FOLLOWED))
