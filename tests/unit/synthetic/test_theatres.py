"""Cases in theatre run one after the other, are staffed by role and cancelled for a reason."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

TIMES = ("into_anaesthetic_room_at", "knife_to_skin_at", "procedure_finish_at", "out_of_theatre_at")


def _operated(trust):
    faulty = {row["record_key"] for row in trust.truth("theatre_time_faults.csv")}
    return [
        row
        for row in trust.current("theatre__theatre_case")
        if row["case_status_code"] == "O" and row["theatre_case_identifier"] not in faulty
    ]


def test_times__are_there_and_in_order_but_where_planted(trust):
    cases = _operated(trust)
    assert len(cases) > 2000
    for row in cases:
        times = [row[name] for name in TIMES]
        assert all(times)
        assert times == sorted(times)
        assert datetime.fromisoformat(times[3]) - datetime.fromisoformat(times[0]) < timedelta(hours=16)


def test_times__planted_faults_cannot_be(trust):
    faults = {row["record_key"] for row in trust.truth("theatre_time_faults.csv")}
    for row in trust.current("theatre__theatre_case"):
        if row["theatre_case_identifier"] in faults:
            times = [row[name] for name in TIMES]
            too_long = all(times) and datetime.fromisoformat(times[3]) - datetime.fromisoformat(times[0]) > timedelta(
                days=1
            )
            assert not all(times) or times != sorted(times) or too_long


def test_lists__patients_overlap_sometimes_and_some_lists_start_late_or_overrun(trust):
    lists = {row["theatre_list_identifier"]: row for row in trust.current("theatre__theatre_list")}
    by_list = {}
    for row in _operated(trust):
        if row["theatre_list_identifier"] in lists:
            by_list.setdefault(row["theatre_list_identifier"], []).append(row)
    found = Counter()
    for number, cases in by_list.items():
        planned = lists[number]
        if planned["session_type_code"] != "E":
            continue
        cases.sort(key=lambda row: row[TIMES[0]])
        found["lists"] += 1
        found["overlap"] += any(a[TIMES[3]] > b[TIMES[0]] for a, b in pairwise(cases))
        found["late"] += cases[0][TIMES[0]] > planned["planned_start_at"]
        found["early"] += cases[0][TIMES[0]] < planned["planned_start_at"]
        found["over"] += cases[-1][TIMES[3]] > planned["planned_finish_at"]
    for what in ("overlap", "late", "early", "over"):
        assert 0.03 < found[what] / found["lists"] < 0.9, what


def test_staff__trainees_operate_under_a_consultant_and_lists_are_lent(trust):
    grades = {row["consultant_code"]: row["grade"] for row in trust.current("workforce__clinician")}
    meant = {row["written_value"]: row["true_value"] for row in trust.truth("other_codes.csv")}
    owners = {
        row["theatre_list_identifier"]: row["list_owner_consultant_code"]
        for row in trust.current("theatre__theatre_list")
    }
    found = Counter()
    for row in _operated(trust):
        surgeon = meant.get(row["operating_surgeon_code"], row["operating_surgeon_code"])
        if not surgeon:
            continue
        is_trainee = grades[surgeon] == "registrar"
        assert is_trainee == bool(row["supervising_consultant_code"])
        if is_trainee:
            assert grades[row["supervising_consultant_code"]] == "consultant"
        assert row["anaesthetist_code"]
        found["trainee"] += is_trainee
        found["not owner"] += surgeon != owners.get(row["theatre_list_identifier"], surgeon)
        found["all"] += 1
    assert 0.05 < found["trainee"] / found["all"] < 0.4
    assert found["not owner"] / found["all"] > 0.05


def test_cancellations__have_a_reason_and_a_time_and_operated_cases_neither(trust):
    reasons = Counter()
    for row in trust.current("theatre__theatre_case"):
        is_cancelled = row["case_status_code"] == "C"
        assert is_cancelled == bool(row["cancellation_reason_code"]) == bool(row["cancelled_at"])
        assert not is_cancelled or not any(row[name] for name in TIMES)
        reasons[row["cancellation_reason_code"]] += 1
    assert set(reasons) == {"", "H1", "H2", "H3", "H4", "H5", "M1", "P1", "P2"}


def test_emergency_lists__are_there_every_day(trust):
    days = {
        (row["list_date"], row["session_type_code"])
        for row in trust.current("theatre__theatre_list")
        if row["session_type_code"] != "E"
    }
    assert len(days) >= 2 * 730 - 4


def test_returns__are_in_the_same_spell_as_an_earlier_case(trust):
    cases = trust.current("theatre__theatre_case")
    returns = [row for row in cases if row["unplanned_return_indicator"] == "Y"]
    assert 0 < len(returns) < 0.02 * len(cases)
    assert {row["case_urgency_code"] for row in returns} <= {"1", "2", "3"}
