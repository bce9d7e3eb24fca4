"""Recompute the four PROMs measures from pairs of questionnaires, by discharging consultant of their spell."""

import pandas as pd

from tests.known_answer.candidate import candidates

SERIAL = "proms_serial_number"
SPELL = "hospital_provider_spell_number"
RESPONSE_DAYS = 270
GAINS = (
    ("oxford_hip_gain", "oxford_score", ("HIP",), 0, 48),
    ("oxford_knee_gain", "oxford_score", ("KNEE",), 0, 48),
    ("eq5d_gain", "eq5d_index", ("HIP", "KNEE"), -0.594, 1),
)


def proms_measures(
    questionnaires: pd.DataFrame, every_spell: pd.DataFrame, trust_code: str, data_to_on: pd.Timestamp
) -> list[pd.DataFrame]:
    """Return the candidates of the four measures.

    Patients are by the number in use in both frames; finished spells in `every_spell` carry org_unit_key.
    """
    pairs = _pairs(questionnaires, every_spell, trust_code)
    pairs = pairs[pairs["occurred_on"] <= data_to_on].reset_index(drop=True)
    return [*(_gain(pairs, *gain) for gain in GAINS), _response(pairs, data_to_on)]


def _pairs(questionnaires: pd.DataFrame, every_spell: pd.DataFrame, trust_code: str) -> pd.DataFrame:
    """One row per serial number: what was said before (Q1) and after (Q2), the spell, and what is wrong with it."""
    stage = questionnaires["questionnaire_stage"]
    before, after = (questionnaires[stage == asked].set_index(SERIAL) for asked in ("Q1", "Q2"))
    serials = before.index.union(after.index)
    before, after = before.reindex(serials), after.reindex(serials)
    spells = every_spell[every_spell["is_finished"]].set_index("record_id")
    named = before[SPELL].fillna(after[SPELL])
    spell = spells.reindex(named)
    spell.index = serials

    frame = pd.DataFrame({"record_type": "proms_pair", "record_id": serials}, index=serials)
    frame["group"] = before["procedure_group"].fillna(after["procedure_group"])
    frame["spell"] = named.where(named.isin(spells.index))
    frame["org_unit_key"] = spell["org_unit_key"].fillna(f"unattributed:{trust_code}")
    frame["discharged_on"] = spell["discharged_on"]
    answered = before["completed_date"].fillna(after["completed_date"])
    frame["occurred_on"] = frame["discharged_on"].fillna(answered)
    frame["died"] = spell["discharge_method"] == "4"
    patient, joint = "local_patient_identifier", "procedure_group"
    people = pd.concat([before[patient], after[patient], spell["patient"]], axis=1)
    joints = pd.concat([before[joint], after[joint]], axis=1)
    frame["mismatched"] = (people.nunique(axis=1) > 1) | (joints.nunique(axis=1) > 1)
    frame["disorder"] = before["completed_date"] > frame["discharged_on"]
    frame["disorder"] |= after["completed_date"] <= frame["discharged_on"]
    frame["answered_on"] = after["completed_date"]
    for column in ("oxford_score", "eq5d_index"):
        frame[f"{column}_before"], frame[f"{column}_after"] = before[column], after[column]
    frame["has_before"] = before["questionnaire_stage"].notna()
    frame["has_after"] = after["questionnaire_stage"].notna()
    frame["repeat"] = _repeats(frame)
    return frame


def _repeats(frame: pd.DataFrame) -> pd.Series:
    """Whether another pair of the same spell and joint leads: without a fault, complete, begun, lower number."""
    linked = frame[frame["spell"].notna()]
    ranked = linked.assign(
        fault=linked["mismatched"] | linked["disorder"], half=~(linked["has_before"] & linked["has_after"])
    ).sort_values(["fault", "half", "has_before", "record_id"], ascending=[True, True, False, True])
    repeats = ranked.index[ranked.duplicated(["spell", "group"])]
    return pd.Series(frame.index.isin(repeats), index=frame.index)


def _gain(
    pairs: pd.DataFrame, measure_id: str, score: str, groups: tuple[str, ...], lowest: float, highest: float
) -> pd.DataFrame:
    asked = pairs[pairs["group"].isin(groups)]
    before, after = asked[f"{score}_before"], asked[f"{score}_after"]
    exclusions = [
        *_unusable(asked)[:2],
        (~asked["has_before"], "no questionnaire before"),
        (~asked["has_after"], "no questionnaire after"),
        *_unusable(asked)[2:],
        (before.isna() | after.isna(), "score missing"),
        (~(before.between(lowest, highest) & after.between(lowest, highest)), "score out of range"),
    ]
    return candidates(measure_id, asked, exclusions, after - before)


def _unusable(pairs: pd.DataFrame) -> list[tuple[pd.Series, str]]:
    return [
        (pairs["spell"].isna(), "no finished spell"),
        (pairs["mismatched"], "not of one patient and joint"),
        (pairs["disorder"], "completed out of order"),
        (pairs["repeat"], "another pair for the same operation"),
    ]


def _response(pairs: pd.DataFrame, data_to_on: pd.Timestamp) -> pd.DataFrame:
    window_to = pairs["discharged_on"] + pd.Timedelta(days=RESPONSE_DAYS)
    exclusions = [
        *_unusable(pairs)[:2],
        (~pairs["has_before"], "no questionnaire before"),
        *_unusable(pairs)[2:],
        (pairs["died"], "died in hospital"),
        (window_to > data_to_on, "follow-up not complete"),
    ]
    # One without a day came back all the same.
    in_time = pairs["has_after"] & ~(pairs["answered_on"] > window_to)
    return candidates("proms_response_rate", pairs, exclusions, in_time)
