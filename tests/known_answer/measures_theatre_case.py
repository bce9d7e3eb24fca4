"""Recompute the measures of operated theatre cases, by operating surgeon."""

import pandas as pd

from tests.known_answer.candidate import candidates
from tests.known_answer.measures_theatre import TIME_POINTS


def theatre_case_measures(booked: pd.DataFrame, spell: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the candidates; `booked` are cases of known lists with org_unit_key and list_date."""
    operated = booked[booked["case_status_code"] == "O"]
    operated = operated.assign(
        record_type="theatre_case",
        record_id=operated["theatre_case_identifier"],
        occurred_on=operated["list_date"],
    )
    return [
        candidates("theatre_cases", operated, [], 1.0, None),
        candidates("theatre_spell_linkage", operated, [], _is_linked(operated, spell)),
    ]


def _is_linked(operated: pd.DataFrame, spell: pd.DataFrame) -> pd.Series:
    """The spell that the case names is of its patient, from admission to discharge, and holds the day of operation."""
    stays = {
        stay.record_id: (stay.patient, stay.admitted_on, stay.discharged_on) for stay in spell.itertuples(index=False)
    }
    # Both are local days: a night list goes on into the next one.
    day = operated[TIME_POINTS[0]].dt.normalize().fillna(operated["list_date"])
    found = []
    for number, patient, on in zip(
        operated["hospital_provider_spell_number"], operated["local_patient_identifier"], day, strict=True
    ):
        of_patient, admitted_on, discharged_on = stays.get(number, (None, pd.NaT, pd.NaT))
        is_over = discharged_on is not pd.NaT and on > discharged_on
        found.append(of_patient == patient and on >= admitted_on and not is_over)
    return pd.Series(found, index=operated.index)
