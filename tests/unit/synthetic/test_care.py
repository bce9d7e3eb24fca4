"""Admitted care hangs together: nobody in two beds, nobody treated when dead, weekdays and holidays show."""

from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

from orchestration.synthetic import days
from orchestration.synthetic.write import END_ON

DATA_END = END_ON.isoformat()


def _stays(spells):
    """(patient, admitted, discharged or after all, episodes) of each spell with its first episode."""
    for episodes in spells.values():
        first, last = episodes[0], episodes[-1]
        ended = last["discharge_date_hospital_provider_spell"] or "9999-12-31"
        yield first["local_patient_identifier"], first["start_date_hospital_provider_spell"], ended, episodes


def test_spells__no_patient_is_in_two_beds_at_once(spells, trust):
    late = {row["record_key"].split("|")[0] for row in trust.truth("late_corrections.csv")}
    by_patient = {}
    for patient, admitted, ended, episodes in _stays(spells):
        if episodes[0]["hospital_provider_spell_number"] not in late:
            by_patient.setdefault(patient, []).append((admitted, ended))
    assert any(len(stays) > 3 for stays in by_patient.values())
    for patient, stays in by_patient.items():
        stays.sort()
        for before, after in pairwise(stays):
            assert after[0] >= before[1], (patient, before, after)


def test_spells__nothing_happens_after_death(spells, trust):
    died = {
        row["local_patient_identifier"]: row["person_death_date"] for row in trust.current("outcome__registered_death")
    }
    assert len(died) > 100
    for patient, admitted, _, _ in _stays(spells):
        assert admitted <= died.get(patient, "9999"), patient
    for row in trust.current("pas__outpatient_attendance"):
        if row["attended_or_did_not_attend_code"] not in ("2", "4"):
            assert row["appointment_date"] <= died.get(trust.patient(row), "9999")


def test_spells__hospital_deaths_are_registered_on_the_day_of_discharge(spells, trust):
    died = {row["local_patient_identifier"]: row for row in trust.current("outcome__registered_death")}
    deaths = [stay for stay in _stays(spells) if stay[3][-1]["discharge_method_code"] == "4" and stay[2] < "2026-09-20"]
    assert len(deaths) > 40
    known = [(died[patient], ended) for patient, _, ended, _ in deaths if patient in died]
    assert len(known) >= len(deaths) - 4, "but for a few broken rows"
    for row, ended in known:
        assert (row["person_death_date"], row["death_location_type_code"]) == (ended, "1")


def test_episodes__follow_one_another_from_admission_to_discharge(spells):
    several = 0
    for _, admitted, ended, episodes in _stays(spells):
        assert [row["episode_number"] for row in episodes] == [str(n + 1) for n in range(len(episodes))]
        several += len(episodes) > 1
        assert episodes[0]["start_date_episode"] == admitted
        for before, after in pairwise(episodes):
            assert before["end_date_episode"] == after["start_date_episode"]
        if ended < "9999":
            assert episodes[-1]["end_date_episode"] == ended
    assert several > 200


def test_episodes__have_their_fields_filled_without_gaps(trust):
    diagnoses = ["primary_diagnosis_icd", *(f"secondary_diagnosis_icd_{n}" for n in range(1, 20))]
    procedures = ["primary_procedure_opcs", *(f"secondary_procedure_opcs_{n}" for n in range(1, 24))]
    uncoded = {row["record_key"] for row in trust.truth("late_corrections.csv")}
    most = Counter()
    for row in trust.current("pas__consultant_episode"):
        if f"{row['hospital_provider_spell_number']}|{row['episode_number']}" in uncoded:
            continue
        for names in (diagnoses, procedures):
            filled = [bool(row[name]) for name in names]
            assert filled == sorted(filled, reverse=True)
            most[names[0]] = max(most[names[0]], sum(filled))
        assert bool(row["primary_diagnosis_icd"]) == bool(row["discharge_date_hospital_provider_spell"])
        assert bool(row["primary_procedure_date"]) == bool(row["primary_procedure_opcs"])
    assert most["primary_diagnosis_icd"] > 8
    assert most["primary_procedure_opcs"] > 4


def test_episodes__unfinished_at_a_year_end_are_finished_in_the_next_file(trust):
    first, second, _ = trust.files("pas__consultant_episode")
    header = trust.lines[first][0]
    place = {
        name: header.index(name) for name in ("HOSPITAL PROVIDER SPELL NUMBER", "EPISODE NUMBER", "END DATE EPISODE")
    }

    def ends(name):
        rows = [row for row in trust.lines[name][1:] if len(row) == len(header)]
        return {(row[place["HOSPITAL PROVIDER SPELL NUMBER"]], row[place["EPISODE NUMBER"]]): row for row in rows}

    waiting = {key for key, row in ends(first).items() if not row[place["END DATE EPISODE"]]}
    later = ends(second)
    ended = [key for key in waiting if later.get(key, [""] * 64)[place["END DATE EPISODE"]]]
    assert len(ended) > 5
    assert any(not row[place["END DATE EPISODE"]] for row in later.values()), "the last year leaves some unfinished"


def test_dates__nothing_has_happened_after_the_data(spells, trust):
    for _, admitted, ended, _ in _stays(spells):
        assert admitted <= DATA_END
        assert ended <= DATA_END or ended.startswith("9999")
    for row in trust.current("theatre__theatre_list"):
        assert row["list_date"] <= DATA_END
    # Where the row that says what came of an appointment is broken, it stays as it was booked.
    for row in trust.current("pas__outpatient_attendance"):
        if row["attendance_identifier"] in trust.broken:
            continue
        assert (row["appointment_date"] > DATA_END) == (row["attended_or_did_not_attend_code"] == "0")


def test_weekdays__planned_care_rests_on_weekends_and_holidays_and_emergencies_do_not(spells):
    planned, urgent = Counter(), Counter()
    for _, admitted, _, episodes in _stays(spells):
        day = date.fromisoformat(admitted)
        method = episodes[0]["admission_method_code"]
        if method in ("11", "12", "13") and episodes[0]["patient_classification_code"] == "2":
            planned[day] += 1
        elif method.startswith("2"):
            urgent[day] += 1
    working = [day for day in planned if day.weekday() < 5]
    assert len(working) == len(planned)
    assert {date(2024, 12, 25), date(2025, 5, 5), date(2026, 4, 6)}.isdisjoint(planned)
    every = [date(2024, 10, 1) + timedelta(days=number) for number in range(730)]
    by_weekday = np.bincount([day.weekday() for day in every], [urgent[day] for day in every])
    assert by_weekday[0] > by_weekday[5] > 0.5 * by_weekday[0]


def test_winter__medicine_and_paediatrics_admit_more(spells):
    winter, summer = 0, 0
    for _, admitted, _, episodes in _stays(spells):
        is_seasonal = episodes[0]["activity_treatment_function_code"] in ("300", "420", "430")
        if is_seasonal and episodes[0]["admission_method_code"].startswith("2"):
            winter += admitted[5:7] in ("12", "01", "02")
            summer += admitted[5:7] in ("06", "07", "08")
    assert winter > 1.15 * summer


def test_waiting_list__entries_of_admitted_patients_end_on_the_day_of_admission(spells, trust):
    entries = {
        row["elective_admission_list_entry_number"]: row for row in trust.current("pas__elective_admission_list")
    }
    admitted = [
        (entries[episodes[0]["elective_admission_list_entry_number"]], episodes[0])
        for _, _, _, episodes in _stays(spells)
        if episodes[0]["elective_admission_list_entry_number"] in entries.keys() - trust.broken
    ]
    assert len(admitted) > 3000
    for entry, episode in admitted:
        assert entry["elective_admission_list_removal_reason_code"] == "1"
        assert entry["elective_admission_list_removal_date"] == episode["start_date_hospital_provider_spell"]
        assert entry["decided_to_admit_date"] <= entry["elective_admission_list_removal_date"]
        assert entry["local_patient_identifier"] == episode["local_patient_identifier"]
    assert any(not row["elective_admission_list_removal_date"] for row in entries.values())


def test_pathways__run_at_the_month_end(trust):
    rows = trust.current("pas__rtt_pathway")
    ends = {row["month_end_date"] for row in rows}
    assert len(ends) == 24
    assert all((date.fromisoformat(end) + timedelta(days=1)).day == 1 for end in ends)
    assert all(row["referral_to_treatment_period_start_date"] <= row["month_end_date"] for row in rows)


def test_data_years__are_whole_years_of_months():
    first, second = days.data_years(date(2026, 9, 30), 2)
    assert [days.date_of(day) for day in (first.start, first.end, second.start, second.end)] == [
        date(2024, 10, 1),
        date(2025, 9, 30),
        date(2025, 10, 1),
        date(2026, 9, 30),
    ]
    assert [days.date_of(day).month for day in days.month_ends(first)] == [10, 11, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9]
