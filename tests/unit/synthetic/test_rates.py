"""The trust behaves like a trust: its rates are in the range of real ones, whatever the seed; planted steps show."""

import json
from collections import Counter
from datetime import date, datetime
from statistics import mean

SEEN, MISSED = {"5", "6"}, {"3", "7"}


def _finished(spells):
    """First and last episode of each finished spell that is no birth and no regular attendance."""
    for episodes in spells.values():
        first, last = episodes[0], episodes[-1]
        birth, regular = first["admission_method_code"] == "82", first["patient_classification_code"] in ("3", "4")
        if last["discharge_date_hospital_provider_spell"] and not birth and not regular:
            yield first, last


def _dna_rate(rows):
    codes = Counter(row["attended_or_did_not_attend_code"] for row in rows if row["first_attendance_code"] != "5")
    missed = sum(codes[code] for code in MISSED)
    return missed / (missed + sum(codes[code] for code in SEEN))


def test_dna_rate(trust):
    assert 0.05 < _dna_rate(trust.current("pas__outpatient_attendance")) < 0.10


def test_day_case_rate(spells):
    planned = [
        first
        for first, _ in _finished(spells)
        if first["admission_method_code"] in ("11", "12", "13") and first["intended_management_code"] in ("1", "2")
    ]
    day_cases = [r for r in planned if r["intended_management_code"] == r["patient_classification_code"] == "2"]
    kept = [r for r in planned if r["intended_management_code"] == "2" and r["patient_classification_code"] == "1"]
    assert 0.70 < len(day_cases) / len(planned) < 0.90
    assert 0.005 < len(kept) / len(day_cases) < 0.10


def test_in_hospital_mortality(spells):
    ended = [last["discharge_method_code"] for _, last in _finished(spells)]
    assert 0.01 < ended.count("4") / len(ended) < 0.03


def test_emergency_readmission(spells):
    stays = {}
    for first, last in _finished(spells):
        stays.setdefault(first["local_patient_identifier"], []).append((first, last))
    at_risk = back = 0
    for of in stays.values():
        of.sort(
            key=lambda stay: (stay[0]["start_date_hospital_provider_spell"], stay[0]["hospital_provider_spell_number"])
        )
        for (first, last), following in zip(of, [*of[1:], None], strict=True):
            is_index = last["discharge_method_code"] in ("1", "2") and first["patient_classification_code"] == "1"
            if not is_index or first["admission_method_code"] in ("31", "32"):
                continue
            at_risk += 1
            if following and following[0]["admission_method_code"].startswith("2"):
                left = date.fromisoformat(last["discharge_date_hospital_provider_spell"])
                came = date.fromisoformat(following[0]["start_date_hospital_provider_spell"])
                back += (came - left).days < 30
    assert at_risk > 2000
    assert 0.06 < back / at_risk < 0.18


def _elective_lists(trust):
    return {
        row["theatre_list_identifier"]: row
        for row in trust.current("theatre__theatre_list")
        if row["session_type_code"] == "E" and row["list_status_code"] == "H"
    }


def test_capped_utilisation(trust):
    lists, used = _elective_lists(trust), 0.0
    by_list = {number: [] for number in lists}
    faulty = {row["record_key"] for row in trust.truth("theatre_time_faults.csv")}
    for row in trust.current("theatre__theatre_case"):
        out, into = row["out_of_theatre_at"], row["into_anaesthetic_room_at"]
        if into and out and row["theatre_list_identifier"] in lists and row["theatre_case_identifier"] not in faulty:
            by_list[row["theatre_list_identifier"]].append((into, out))
    planned = sum(_minutes(row["planned_start_at"], row["planned_finish_at"]) for row in lists.values())
    for number, cases in by_list.items():
        at = lists[number]["planned_start_at"]
        for into, out in sorted(cases):
            until = min(out, lists[number]["planned_finish_at"])
            if until > max(into, at):
                used += _minutes(max(into, at), until)
                at = until
    assert 0.65 < used / planned < 0.90


def _minutes(start, end):
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() / 60


def test_last_minute_cancellation_by_the_hospital(trust):
    dates = {row["theatre_list_identifier"]: row["list_date"] for row in trust.current("theatre__theatre_list")}
    booked = cancelled = 0
    for row in trust.current("theatre__theatre_case"):
        if row["case_urgency_code"] != "4" or row["theatre_list_identifier"] not in dates:
            continue
        is_cancelled = row["case_status_code"] == "C"
        if is_cancelled and row["cancelled_at"][:10] < dates[row["theatre_list_identifier"]]:
            continue
        booked += 1
        cancelled += is_cancelled and row["cancellation_reason_code"].startswith("H")
    assert 0.01 < cancelled / booked < 0.05


def test_proms__most_patients_gain(trust):
    scores = {}
    for row in trust.current("outcome__proms_questionnaire"):
        scores.setdefault(row["proms_serial_number"], {})[row["questionnaire_stage"]] = row
    both = [pair for pair in scores.values() if len(pair) == 2]
    gains = [int(pair["Q2"]["oxford_score"]) - int(pair["Q1"]["oxford_score"]) for pair in both]
    assert len(gains) > 80
    assert 13 < sum(gains) / len(gains) < 25
    months = [_minutes(pair["Q1"]["completed_date"], pair["Q2"]["completed_date"]) / 1440 / 30.4 for pair in both]
    assert min(months) > 5


def test_infections__are_rare(trust):
    rows = trust.current("outcome__surgical_site_infection")
    infected = sum(row["infection_type_code"] != "N" for row in rows)
    assert 0.002 < infected / len(rows) < 0.05
    assert all((row["infection_type_code"] != "N") == bool(row["infection_onset_date"]) for row in rows)


def test_steps__a_department_and_a_theatre_change_on_a_day(trust):
    steps = {step["measure_id"]: step for step in json.loads((trust.folder / "truth" / "steps.json").read_text())}
    step = steps["dna_rate"]
    function = step["unit_code"].removeprefix("D")
    rows = [r for r in trust.current("pas__outpatient_attendance") if r["activity_treatment_function_code"] == function]
    before = _dna_rate([row for row in rows if row["appointment_date"] < step["from_on"]])
    after = _dna_rate([row for row in rows if row["appointment_date"] >= step["from_on"]])
    assert after < 0.8 * before
    step = steps["late_start_minutes"]
    lists = {k: row for k, row in _elective_lists(trust).items() if row["theatre_code"] == step["unit_code"]}
    first = {}
    for row in trust.current("theatre__theatre_case"):
        into = row["into_anaesthetic_room_at"]
        if into and row["theatre_list_identifier"] in lists:
            first[row["theatre_list_identifier"]] = min(first.get(row["theatre_list_identifier"], into), into)
    late = {}
    for number, into in first.items():
        row = lists[number]
        by_period = late.setdefault(row["list_owner_consultant_code"], {True: [], False: []})
        by_period[row["list_date"] >= step["from_on"]].append(max(0, _minutes(row["planned_start_at"], into)))
    # Owners come and go and differ: compare each with himself.
    changes = [mean(by[True]) - mean(by[False]) for by in late.values() if min(len(by[True]), len(by[False])) >= 20]
    assert changes
    assert step["size"] == 18
    assert 5 < mean(changes) < 31, "a theatre of this small trust has few lists"
