"""Recompute what is counted of episodes, and the data behind the numbers: diagnosis codes and consultant codes."""

import pandas as pd

from tests.known_answer.attribution import DEFAULT_CODES
from tests.known_answer.candidate import candidates
from tests.known_answer.measures_inpatient import BIRTH, REGULAR, finished_spells


def coding_measures(every_spell: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the candidates of diagnosis coding; finished spells carry the org_unit_key of the admitting consultant."""
    finished = finished_spells(every_spell)
    exclusions = _exclusions(finished["patient_class"], finished["admission_method"])
    primary = finished["primary_diagnosis"].fillna("")
    uncoded = (primary == "") | primary.str.fullmatch("R69X?")
    return [
        candidates("coding_depth", finished, exclusions, finished["secondary_diagnoses"]),
        candidates("uncoded_primary_diagnosis", finished, exclusions, uncoded),
    ]


def episode_measures(episodes: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the candidates of episodes that ended, which carry org_unit_key."""
    ended = episodes[episodes["end_date_episode"].notna()]
    number = ended["episode_number"].astype(int).astype(str)
    ended = ended.assign(
        record_type="episode",
        record_id=ended["hospital_provider_spell_number"] + "|" + number,
        occurred_on=ended["end_date_episode"],
    )
    exclusions = _exclusions(ended["patient_classification_code"], ended["admission_method_code"])
    nobody = ended["consultant_code"].isna() | ended["consultant_code"].isin(DEFAULT_CODES)
    return [
        candidates("finished_episodes", ended, exclusions, 1.0, None),
        candidates("default_consultant_code_rate", ended, exclusions, nobody),
    ]


def _exclusions(patient_class: pd.Series, admission_method: pd.Series) -> list[tuple[pd.Series, str]]:
    return [(patient_class.isin(REGULAR), "regular attender"), (admission_method.isin(BIRTH), "birth")]
