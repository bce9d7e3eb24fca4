"""Who answers for a record, by counting what each source says: votes in rows, where the warehouse compares columns."""

from collections.abc import Sequence

import pandas as pd

from tests.known_answer.clinician_names import people

ELECTIVE = ("11", "12", "13")
FOREVER = pd.Timestamp("2262-01-01")


def winner(votes: Sequence[tuple[pd.Series, int]]) -> pd.Series:
    """Return the person with most weight for each index of the first vote; of equals, whom the earlier source names.

    A vote is a person for each record (missing: says nothing), and its weight.
    """
    index = votes[0][0].index
    rows = pd.concat(
        [
            pd.DataFrame({"record": person.index, "person": person.to_numpy(), "weight": weight, "order": order})
            for order, (person, weight) in enumerate(votes)
        ]
    ).dropna(subset="person")
    counted = rows.groupby(["record", "person"], as_index=False).agg(weight=("weight", "sum"), order=("order", "min"))
    counted = counted.sort_values(["record", "weight", "order"], ascending=[True, False, True])
    return counted.drop_duplicates("record").set_index("record")["person"].reindex(index)


def unanimous(person: pd.Series, by: pd.Series) -> pd.Series:
    """Return the one person named in each group, groups that name two or nobody left out."""
    found = person.groupby(by).agg(["nunique", "first"])
    return found.loc[found["nunique"] == 1, "first"]


def theatre(
    lists: pd.DataFrame, cases: pd.DataFrame, clinicians: pd.DataFrame, meaning: dict[str, str]
) -> tuple[pd.Series, pd.DataFrame]:
    """Return the owner of each list (by identifier), and the people of each case of a known list (by identifier).

    Columns of the latter: operating_surgeon, supervising_consultant, anaesthetist, and `told_by_case` and
    `told_by_list`, what theatre says of the episode; elective operations alone speak of it.
    """
    listed = lists.set_index("theatre_list_identifier")
    owner_written = people(listed["list_owner_consultant_code"], meaning)
    case = cases[cases["theatre_list_identifier"].isin(listed.index)].set_index("theatre_case_identifier")
    surgeon = people(case["operating_surgeon_code"], meaning)
    grade = clinicians.set_index("consultant_code")["grade"]
    answerable = people(case["supervising_consultant_code"], meaning)
    answerable = answerable.where(answerable.notna(), surgeon.where(surgeon.map(grade) == "consultant"))
    elective = (case["case_urgency_code"] == "4") & (case["case_status_code"] == "O")
    told_by_cases = unanimous(answerable[elective], case.loc[elective, "theatre_list_identifier"])
    owner = winner([(owner_written, 2), (told_by_cases, 1)])
    case_owner = case["theatre_list_identifier"].map(owner_written).where(elective)
    told = pd.DataFrame(
        {
            "spell": case["hospital_provider_spell_number"],
            "list_date": case["theatre_list_identifier"].map(listed["list_date"]),
            "case_order": case["case_order"],
            "function": case["theatre_list_identifier"].map(listed["activity_treatment_function_code"]),
            "is_operated": case["case_status_code"] == "O",
            "is_elective_operation": elective,
            "operating_surgeon": surgeon,
            "supervising_consultant": winner([(answerable, 2), (case_owner, 1)]),
            "anaesthetist": people(case["anaesthetist_code"], meaning),
            "told_by_case": answerable,
            "told_by_list": case["theatre_list_identifier"].map(owner_written),
        }
    )
    return owner, told


def episodes(episode: pd.DataFrame, entries: pd.DataFrame, told: pd.DataFrame, meaning: dict[str, str]) -> pd.Series:
    """Return who answers for each of the episodes, on their index. `told` is the second result of `theatre`."""
    listing = entries.drop_duplicates("elective_admission_list_entry_number").set_index(
        "elective_admission_list_entry_number"
    )["consultant_code"]
    is_listed = episode["admission_method_code"].isin(ELECTIVE) & (episode["episode_number"].astype(int) == 1)
    entry = episode["elective_admission_list_entry_number"].where(is_listed).map(listing)
    operations = told[told["is_elective_operation"]].rename_axis("case").reset_index()
    asked = pd.DataFrame(
        {
            "row": episode.index,
            "spell": episode["hospital_provider_spell_number"],
            "number": episode["episode_number"].astype(int),
            "start": episode["start_date_episode"],
            "end": episode["end_date_episode"]
            .fillna(episode["discharge_date_hospital_provider_spell"])
            .fillna(FOREVER),
        }
    )
    placed = operations.merge(asked, on="spell")
    placed = placed[placed["list_date"].between(placed["start"], placed["end"])]
    placed = placed.sort_values("number").drop_duplicates("case")
    by_cases = unanimous(placed["told_by_case"], placed["row"])
    by_lists = unanimous(placed["told_by_list"], placed["row"])
    return winner(
        [(people(episode["consultant_code"], meaning), 2), (people(entry, meaning), 3), (by_cases, 2), (by_lists, 1)]
    )


def clinics(attendance: pd.DataFrame, sessions: pd.DataFrame, meaning: dict[str, str]) -> tuple[pd.Series, pd.Series]:
    """Return who answers for each appointment and for each clinic session, on their indexes."""
    template = people(sessions["consultant_code"], meaning)
    said = people(attendance["consultant_code"], meaning)
    of_session = pd.MultiIndex.from_frame(sessions[["clinic_code", "session_date"]])
    of_appointment = pd.MultiIndex.from_frame(attendance[["clinic_code", "appointment_date"]])
    by_template = pd.Series(template.to_numpy(), index=of_session).reindex(of_appointment).set_axis(attendance.index)
    by_clinic = attendance["clinic_code"].map(unanimous(template, sessions["clinic_code"]))
    key = attendance["clinic_code"] + "|" + attendance["appointment_date"].astype(str)
    session_key = sessions["clinic_code"] + "|" + sessions["session_date"].astype(str)
    by_appointments = session_key.map(unanimous(said, key))
    return winner([(said, 2), (by_template, 1), (by_clinic, 1)]), winner([(template, 2), (by_appointments, 1)])
