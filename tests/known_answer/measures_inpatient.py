"""Recompute the inpatient measures that spells alone decide, by spell and discharging consultant."""

import pandas as pd

from tests.known_answer.candidate import candidates

ELECTIVE = ("11", "12", "13")
EMERGENCY = ("21", "22", "23", "24", "25", "28", "2A", "2B", "2C", "2D")
BIRTH = ("82", "83")
MATERNITY_ADMISSION = ("31", "32")
MATERNITY_FUNCTION = ("501", "560")
REGULAR = ("3", "4")
MENTAL_HEALTH = ("700", "710", "711", "712", "713", "715", *(str(code) for code in range(720, 728)), "730")
# The national indicator counts 0 to 29 days inclusive, the one before it 0 to 27 without mental health (domain.md 2.2).
FOLLOW_UP_DAYS = {"emergency_readmission_30d": 29, "emergency_readmission_28d": 27}
LOOK_BACK_DAYS = 365


def spells(episodes: pd.DataFrame) -> pd.DataFrame:
    """Return one row per provider spell from its current episodes.

    Admission, classification and intention are the first episode's, discharge is the last episode's.
    """
    ordered = episodes.sort_values(["hospital_provider_spell_number", "episode_number"], kind="stable")
    by_spell = ordered.groupby("hospital_provider_spell_number", sort=True)
    first, last = by_spell.nth(0), by_spell.nth(-1)
    first = first.set_index("hospital_provider_spell_number")
    last = last.set_index("hospital_provider_spell_number")
    frame = pd.DataFrame(
        {
            "patient": first["local_patient_identifier"],
            "admitted_on": first["start_date_hospital_provider_spell"],
            "admission_method": first["admission_method_code"],
            "patient_class": first["patient_classification_code"],
            "intended_management": first["intended_management_code"],
            "first_function": first["activity_treatment_function_code"],
            "first_consultant": first["responsible"],
            "primary_diagnosis": first["primary_diagnosis_icd"],
            "secondary_diagnoses": first[[name for name in first if "secondary_diagnosis_icd" in name]].count(axis=1),
            "discharged_on": last["discharge_date_hospital_provider_spell"],
            "discharge_method": last["discharge_method_code"],
            "last_function": last["activity_treatment_function_code"],
            "last_consultant": last["responsible"],
        }
    )
    frame["has_cancer"] = _has_cancer(ordered).groupby(ordered["hospital_provider_spell_number"]).any()
    frame["is_finished"] = frame["discharged_on"].notna() & frame["discharge_method"].ne("8").fillna(True)
    return frame.rename_axis("record_id").reset_index()


def finished_spells(every_spell: pd.DataFrame) -> pd.DataFrame:
    """Return the finished spells as records of the day of discharge."""
    finished = every_spell[every_spell["is_finished"]]
    return finished.assign(record_type="spell", occurred_on=finished["discharged_on"])


def inpatient_measures(every_spell: pd.DataFrame, data_to_on: pd.Timestamp) -> list[pd.DataFrame]:
    """Return the candidates of the measures; finished spells in `every_spell` carry org_unit_key."""
    finished = finished_spells(every_spell)
    return [
        _finished_spells(finished),
        _length_of_stay("length_of_stay_elective", finished, ELECTIVE),
        _length_of_stay("length_of_stay_emergency", finished, EMERGENCY),
        _day_case_rate(finished),
        _day_case_conversion(finished),
        *_emergency_readmissions(finished, every_spell, data_to_on),
        _in_hospital_mortality(finished),
    ]


def _has_cancer(episodes: pd.DataFrame) -> pd.Series:
    """Any diagnosis of an episode starts with C (malignant neoplasm) or is Z51.1 (chemotherapy session)."""
    found = pd.Series(False, index=episodes.index)
    for column in [name for name in episodes if "_diagnosis_icd" in name]:
        codes = episodes[column].dropna()
        hits = codes[codes.str.startswith("C") | codes.str.startswith("Z511")]
        found.loc[hits.index] = True
    return found


def _finished_spells(finished: pd.DataFrame) -> pd.DataFrame:
    exclusions = [
        (finished["patient_class"].isin(REGULAR), "regular attender"),
        (finished["admission_method"].isin(BIRTH), "birth"),
    ]
    return candidates("finished_spells", finished, exclusions, 1.0, None)


def _length_of_stay(measure_id: str, finished: pd.DataFrame, methods: tuple[str, ...]) -> pd.DataFrame:
    stays = finished[finished["admission_method"].isin(methods)]
    days = (stays["discharged_on"] - stays["admitted_on"]).dt.days
    return candidates(measure_id, stays, [(stays["patient_class"] != "1", "not an ordinary admission")], days)


def _day_case_rate(finished: pd.DataFrame) -> pd.DataFrame:
    elective = finished[finished["admission_method"].isin(ELECTIVE)]
    exclusions = [
        (elective["patient_class"].isin(REGULAR), "regular attender"),
        (~elective["intended_management"].isin(["1", "2"]), "intended management not 1 or 2"),
    ]
    # Planned without a night and went home without one: one that stayed is class 1.
    managed = (elective["intended_management"] == "2") & (elective["patient_class"] == "2")
    return candidates("day_case_rate", elective, exclusions, managed)


def _day_case_conversion(finished: pd.DataFrame) -> pd.DataFrame:
    elective = finished[finished["admission_method"].isin(ELECTIVE)]
    exclusions = [
        (elective["patient_class"].isin(REGULAR), "regular attender"),
        (elective["intended_management"].ne("2").fillna(True), "not planned as a day case"),
    ]
    return candidates("day_case_conversion", elective, exclusions, elective["patient_class"] == "1")


def _emergency_readmissions(
    finished: pd.DataFrame, every_spell: pd.DataFrame, data_to_on: pd.Timestamp
) -> list[pd.DataFrame]:
    maternity = finished["admission_method"].isin(MATERNITY_ADMISSION)
    maternity |= finished["last_function"].isin(MATERNITY_FUNCTION)
    exclusions = [
        (finished["discharge_method"].isin(["4", "5"]), "died or stillborn"),
        (finished["patient_class"].isin(REGULAR), "regular attender"),
        (finished["patient_class"] == "2", "day case"),
        (maternity, "maternity"),
        (finished["admission_method"].isin(BIRTH), "birth"),
        (finished["has_cancer"] | _cancer_before(finished), "cancer or chemotherapy"),
    ]
    days, function = _return(finished, every_spell)
    found = []
    for measure_id, follow_up_days in FOLLOW_UP_DAYS.items():
        followed_to = finished["discharged_on"] + pd.Timedelta(days=follow_up_days)
        late = (followed_to > data_to_on, "follow-up not complete")
        is_readmitted = days.between(0, follow_up_days)
        if measure_id == "emergency_readmission_28d":
            is_readmitted &= ~function.isin(MENTAL_HEALTH)
        found.append(candidates(measure_id, finished, [*exclusions, late], is_readmitted))
    return found


def _cancer_before(finished: pd.DataFrame) -> pd.Series:
    """Another finished spell with a cancer code ended from 365 days before this admission to its day."""
    with_cancer = finished.loc[finished["has_cancer"], ["record_id", "patient", "discharged_on"]]
    pairs = finished[["record_id", "patient", "admitted_on"]].merge(with_cancer, on="patient", suffixes=("", "_before"))
    since = pairs["admitted_on"] - pd.Timedelta(days=LOOK_BACK_DAYS)
    holds = pairs["discharged_on"].between(since, pairs["admitted_on"])
    holds &= pairs["record_id"] != pairs["record_id_before"]
    return finished["record_id"].isin(pairs.loc[holds, "record_id"])


def _return(finished: pd.DataFrame, every_spell: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Days to the patient's next spell, finished or not, where it is an emergency return; and its service."""
    # Regular attenders are no next spell, and their own spells are excluded before this is asked.
    others = every_spell[~every_spell["patient_class"].isin(REGULAR)]
    others = others.sort_values(["patient", "admitted_on", "record_id"])
    following = others.groupby("patient")[["admitted_on", "admission_method", "first_function", "has_cancer"]]
    following = following.shift(-1).set_index(others["record_id"]).reindex(finished["record_id"])
    following = following.set_index(finished.index)
    is_return = (
        following["admission_method"].isin(EMERGENCY)
        & ~following["first_function"].isin(MATERNITY_FUNCTION)
        & ~following["has_cancer"].eq(True)
    )
    days = (following["admitted_on"] - finished["discharged_on"]).dt.days
    return days.where(is_return), following["first_function"]


def _in_hospital_mortality(finished: pd.DataFrame) -> pd.DataFrame:
    method = finished["discharge_method"]
    exclusions = [
        (finished["patient_class"].isin(REGULAR), "regular attender"),
        (finished["admission_method"].isin(BIRTH), "birth"),
        (method == "5", "stillbirth"),
        (method.isna() | (method == "9"), "discharge method not known"),
    ]
    return candidates("in_hospital_mortality", finished, exclusions, method == "4")
