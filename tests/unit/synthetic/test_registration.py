"""Some patients have visits under several hospital numbers, and the merges lead from each to the one in use."""

from collections import Counter


def test_merges__lead_from_every_other_number_to_the_one_in_use(trust):
    into = {
        row["minor_local_patient_identifier"]: row["major_local_patient_identifier"]
        for row in sorted(trust.current("pas__patient_merge"), key=lambda row: row["merged_at"])
        if row["merge_action_code"] == "M"
    }
    in_use = {row["local_patient_identifier"] for row in trust.current("pas__patient")}
    lengths = Counter()
    for row in trust.truth("other_numbers.csv"):
        number, length = row["local_patient_identifier"], 0
        assert number not in in_use
        while number not in in_use:
            number, length = into[number], length + 1
        assert number == row["true_value"]
        lengths[length] += 1
    assert lengths[1] > 100
    assert lengths[2] > 100


def test_merges__some_are_of_two_patients_and_are_parted_again(trust):
    rows = trust.current("pas__patient_merge")
    parted = [row for row in rows if row["merge_action_code"] == "U"]
    in_use = {row["local_patient_identifier"] for row in trust.current("pas__patient")}
    assert len(parted) > 10
    for row in parted:
        before = [
            other for other in rows if other["minor_local_patient_identifier"] == row["minor_local_patient_identifier"]
        ]
        assert [other["merge_action_code"] for other in sorted(before, key=lambda one: one["merged_at"])] == ["M", "U"]
        assert {row["minor_local_patient_identifier"], row["major_local_patient_identifier"]} <= in_use


def test_visits__a_spell_is_known_by_one_number_in_every_system(trust):
    spells = {
        row["hospital_provider_spell_number"]: row["local_patient_identifier"]
        for row in trust.current("pas__consultant_episode")
    }
    cases = [row for row in trust.current("theatre__theatre_case") if row["hospital_provider_spell_number"] in spells]
    assert len(cases) > 1000
    for row in cases:
        assert row["local_patient_identifier"] == spells[row["hospital_provider_spell_number"]]


def test_visits__a_small_share_is_under_other_numbers(trust):
    others = {row["local_patient_identifier"] for row in trust.truth("other_numbers.csv")}
    for extract in ("pas__consultant_episode", "pas__outpatient_attendance"):
        numbers = [row["local_patient_identifier"] for row in trust.current(extract)]
        assert 0.002 < sum(number in others for number in numbers) / len(numbers) < 0.015, extract


def test_surgeons__are_now_and_then_written_by_a_local_code_or_a_name_of_one_clinician(trust):
    local = {row["alias"]: row["consultant_code"] for row in trust.current("workforce__clinician_alias")}
    names = {}
    for row in trust.current("workforce__clinician"):
        _, initial, surname = row["clinician_name"].split()
        names.setdefault(f"{surname.upper()} {initial}", []).append(row["consultant_code"])
    planted = trust.truth("other_codes.csv")
    assert {row["note"] for row in planted} == {"local code", "name"}
    for row in planted:
        meant = names[row["written_value"]] if row["note"] == "name" else [local[row["written_value"]]]
        assert meant == [row["true_value"]]
