"""How well attribution finds what the synthetic trust planted: precision and recall, in the output of the tests."""

import re
from pathlib import Path

import pandas as pd
import pytest

from tests.known_answer.clinician_names import meanings, people
from tests.known_answer.read import read_extracts

pytestmark = pytest.mark.warehouse

ROLES = {
    "pas__consultant_episode": ("episode", "episode_consultant"),
    "pas__outpatient_attendance": ("attendance", "clinic_consultant"),
    "theatre__theatre_list": ("theatre_list", "list_owner"),
    "theatre__theatre_case": ("theatre_case", "operating_surgeon"),
}
TABLES = (
    "pas__consultant_episode",
    "pas__elective_admission_list",
    "pas__outpatient_attendance",
    "pas__clinic_template",
    "theatre__theatre_list",
    "theatre__theatre_case",
    "workforce__clinician",
    "workforce__clinician_alias",
)
FILES = ("wrong_attribution.csv", "default_codes.csv", "other_codes.csv")


@pytest.fixture(scope="module")
def tables(warehouse) -> dict[str, pd.DataFrame]:
    return read_extracts(warehouse.extracts, TABLES)


@pytest.fixture(scope="module")
def meaning(tables) -> dict[str, str]:
    return meanings(tables["workforce__clinician"], tables["workforce__clinician_alias"])


@pytest.fixture(scope="module")
def decided(warehouse, meaning) -> pd.DataFrame:
    """Every record and role in which an error was planted somewhere: who carries it, and who should (`truth`)."""
    roles = ", ".join(f"('{record}', '{role}')" for record, role in ROLES.values())
    found = warehouse.query(
        f"""
        select record_type, record_id, org_unit_key, written_code, consultant_code
        from intermediate.int_attribution where (record_type, attribution_role) in ({roles})
        """
    )
    merged = found.merge(_planted(warehouse.extracts / "truth"), how="left", on=["record_type", "record_id"])
    assert len(merged) == len(found)
    merged["is_planted"] = merged["truth"].notna()
    # What was not planted is true as written.
    merged["truth"] = merged["truth"].where(merged["is_planted"], people(merged["written_code"], meaning))
    return merged


def _planted(folder: Path) -> pd.DataFrame:
    """Return the planted errors that still stand: those put right by a later file are none."""
    errors = pd.concat([pd.read_csv(folder / name, dtype=str) for name in FILES])
    errors = errors[errors["corrected_in_file"].isna()]
    extract = errors["file_name"].map(lambda name: re.sub(r"__\d.*", "", name))
    errors = errors.assign(record_type=extract.map({name: record for name, (record, _) in ROLES.items()}))
    errors = errors.dropna(subset="record_type").rename(columns={"record_key": "record_id", "true_value": "truth"})
    return errors[["record_type", "record_id", "truth"]]


def _said_elsewhere(tables: dict[str, pd.DataFrame], meaning: dict[str, str]) -> set[tuple[str, str, str]]:
    """Return (record type, record, person) for all that extracts say of records, beside the code that names nobody."""
    owner = tables["theatre__theatre_list"][["theatre_list_identifier", "list_owner_consultant_code"]]
    case = tables["theatre__theatre_case"].merge(owner, how="left", on="theatre_list_identifier")
    entry = tables["pas__elective_admission_list"]
    episode, session = tables["pas__consultant_episode"], tables["pas__clinic_template"]
    attendance = tables["pas__outpatient_attendance"]
    spell_of = episode["hospital_provider_spell_number"]
    episode = episode.assign(record=spell_of + "|" + episode["episode_number"].astype(int).astype(str))
    said = []
    for column in ("operating_surgeon_code", "supervising_consultant_code", "list_owner_consultant_code"):
        told = case.assign(person=people(case[column], meaning))
        of_spell = episode.merge(told, on="hospital_provider_spell_number")
        said.append(of_spell[["record", "person"]].assign(type="episode"))
        of_list = told.rename(columns={"theatre_list_identifier": "record"})
        said.append(of_list[["record", "person"]].assign(type="theatre_list"))
        said.append(
            told.assign(record=told["theatre_case_identifier"])[["record", "person"]].assign(type="theatre_case")
        )
    listed = episode.merge(
        entry.assign(person=people(entry["consultant_code"], meaning)), on="elective_admission_list_entry_number"
    )
    said.append(listed[["record", "person"]].assign(type="episode"))
    held = session.assign(person=people(session["consultant_code"], meaning)).drop_duplicates(["clinic_code", "person"])
    of_clinic = attendance[["attendance_identifier", "clinic_code"]].merge(held, on="clinic_code")
    said.append(
        of_clinic.rename(columns={"attendance_identifier": "record"})[["record", "person"]].assign(type="attendance")
    )
    every = pd.concat(said).dropna().drop_duplicates()
    return set(every[["type", "record", "person"]].itertuples(index=False, name=None))


def test_attribution__corrects_what_was_planted_and_nothing_else(decided, tables, meaning, capsys):
    planted = decided[decided["is_planted"]]
    said = _said_elsewhere(tables, meaning)
    is_told = pd.Series(
        [key in said for key in planted[["record_type", "record_id", "truth"]].itertuples(index=False, name=None)],
        index=planted.index,
    )
    told, untold = planted[is_told], planted[~is_told]
    changed = decided[decided["consultant_code"].notna() & (decided["consultant_code"] != decided["written_code"])]
    precision = (changed["consultant_code"] == changed["truth"]).mean()
    recall = (told["consultant_code"] == told["truth"]).mean()
    nobody = untold[people(untold["written_code"], meaning).isna()]
    with capsys.disabled():
        print(
            f"\nattribution: precision {precision:.4f} of {len(changed):,} that differ from what was written, recall "
            f"{recall:.4f} of {len(told):,} planted errors of which any extract tells the truth; of the others "
            f"{len(nobody):,} have a default code and are carried by nobody, {len(untold) - len(nobody):,} name "
            "a wrong person whom no other source contradicts"
        )
    assert len(told) > 300
    assert precision > 0.95
    assert recall > 0.95
    # Nobody is guessed: they stand with the department or the trust. What nothing contradicts cannot be seen, but is
    # rare.
    assert nobody["consultant_code"].isna().all()
    assert nobody["org_unit_key"].str.startswith("unattributed:").all()
    assert len(untold) - len(nobody) < 0.01 * len(planted)
