"""Patients have test NHS numbers; clinicians have posts, departments one place at a time, units their leaders."""

from collections import Counter

import pytest

from orchestration.synthetic import days, practice, workforce
from orchestration.synthetic.patients import nhs_numbers
from orchestration.synthetic.workforce import spread
from orchestration.synthetic.write import END_ON


def _is_valid(number):
    digits = [int(digit) for digit in number]
    check = 11 - sum(weight * digit for weight, digit in zip(range(10, 1, -1), digits, strict=False)) % 11
    return len(digits) == 10 and digits[9] == check % 11 and check != 10


def test_nhs_numbers__are_valid_different_and_of_the_test_range(trust):
    numbers = [row["nhs_number"] for row in trust.current("pas__patient") if row["nhs_number"]]
    assert len(set(numbers)) == len(numbers) > 10_000
    assert all(_is_valid(number) and number.startswith("999") for number in numbers)


def test_nhs_number__check_digit_agrees_with_a_known_number():
    # 999 000 0018 is a number that the NHS uses in its own test data.
    assert _is_valid("9990000018")
    assert not _is_valid("9990000019")


def test_nhs_numbers__the_whole_range_is_used_before_it_runs_out():
    numbers = nhs_numbers(920_000, seed=3)
    found = numbers[numbers > 0]
    assert len(set(found.tolist())) == len(found) > 900_000
    assert (numbers[len(found) :] == 0).all()


def test_patients__a_blank_number_is_to_be_traced(trust):
    for row in trust.current("pas__patient"):
        assert (row["nhs_number_status_indicator_code"] == "03") == (row["nhs_number"] == "")


def test_posts__each_is_of_a_clinician_and_a_department(trust):
    clinicians = {row["consultant_code"] for row in trust.current("workforce__clinician")}
    posts = trust.current("workforce__post")
    units = {row["org_unit_code"] for row in trust.current("workforce__organisation_unit")}
    assert {row["consultant_code"] for row in posts} == clinicians
    assert {row["org_unit_code"] for row in posts} <= units
    assert {row["post_number"] for row in trust.current("workforce__job_plan")} == {row["post_number"] for row in posts}
    assert len({row["user_name"] for row in trust.current("workforce__clinician")}) == len(clinicians) == 24


def test_job_plans__leave_of_a_year_is_the_share_of_weeks_away(trust):
    """Leave is a realistic share of all other sessions, each data year has its own, and no two need be alike."""
    duties, leave = Counter(), {}
    for row in trust.current("workforce__job_plan"):
        sessions = float(row["sessions_per_week"])
        if row["activity_type"] == "leave":
            leave[row["post_number"], row["valid_from_date"]] = sessions
        else:
            duties[row["post_number"]] += sessions
    shares = [sessions / duties[post] for (post, _), sessions in leave.items()]
    assert len(leave) > len(duties)
    assert 0 < min(shares) < max(shares) < 0.4
    assert 0.10 < sum(shares) / len(shares) < 0.16


def test_posts__shares_of_a_person_are_at_most_one_on_any_day(trust):
    posts = trust.current("workforce__post")
    for day in ("2024-10-01", "2025-06-30", "2026-09-30"):
        share = Counter()
        for post in posts:
            if post["valid_from_date"] <= day <= (post["valid_to_date"] or "9999"):
                share[post["consultant_code"]] += float(post["post_share"])
        assert max(share.values()) <= 1.0


def test_workforce__some_hold_two_posts_some_come_go_and_move():
    span = days.data_years(END_ON, 2)
    posts = workforce.build(1, 120, span).posts
    held = Counter(posts["clinician"].tolist())
    ended = posts["end"] < days.NEVER
    begun = posts["start"] > span[0].start
    assert sum(count > 1 for count in held.values()) >= 3
    assert ended.sum() >= 3
    assert begun.sum() >= 3
    assert 0 < posts["share"].min() < posts["share"].max() == 1


def test_organisation__one_department_to_a_treatment_function_on_any_day(trust):
    units = trust.current("workforce__organisation_unit")
    moved = [row for row in units if row["valid_to_date"]]
    assert len(moved) == 1
    for day in ("2024-10-01", moved[0]["valid_to_date"], "2026-09-30"):
        valid = [row for row in units if row["valid_from_date"] <= day <= (row["valid_to_date"] or "9999")]
        functions = Counter(row["treatment_function_code"] for row in valid if row["treatment_function_code"])
        assert set(functions.values()) == {1}
        codes = {row["org_unit_code"] for row in valid}
        assert all(row["parent_org_unit_code"] in codes for row in valid if row["org_unit_level"] != "trust")


def test_organisation__a_department_moves_on_the_first_of_a_month_inside_the_period(trust):
    rows = trust.current("workforce__organisation_unit")
    old = next(row for row in rows if row["valid_to_date"])
    new = next(row for row in rows if row["org_unit_code"] == old["org_unit_code"] and not row["valid_to_date"])
    assert new["valid_from_date"].endswith("-01")
    assert "2024-10-01" < new["valid_from_date"] < "2026-09-30"
    assert new["parent_org_unit_code"] != old["parent_org_unit_code"]


def test_leadership__each_unit_has_its_leader_and_one_person_audits(trust):
    leaders = [row for row in trust.current("workforce__leadership_post") if not row["valid_to_date"]]
    units = trust.current("workforce__organisation_unit")
    by_role = {}
    for row in leaders:
        by_role.setdefault(row["leadership_role"], []).append(row["org_unit_code"])
    assert sorted(by_role["clinical lead"]) == sorted(
        {row["org_unit_code"] for row in units if row["org_unit_level"] == "department"}
    )
    assert sorted(by_role["divisional director"]) == sorted(
        {row["org_unit_code"] for row in units if row["org_unit_level"] == "division"}
    )
    assert len(by_role["executive"]) >= 2
    assert len(by_role["auditor"]) == 1
    users = [row["user_name"] for row in leaders] + [row["user_name"] for row in trust.current("workforce__clinician")]
    assert len(set(users)) == len(users)


@pytest.mark.parametrize("total", [12, 13, 40, 86, 720])
def test_spread__parts_add_up_and_none_is_empty(total):
    parts = spread(total, [13, 6, 7, 13, 9, 11, 6, 6, 4, 6, 4, 6], least=1)
    assert sum(parts) == total
    assert min(parts) >= 1


def test_practice__planted_consultants_are_different_and_stay_throughout():
    span = days.data_years(END_ON, 2)
    people = workforce.build(1, 120, span)
    planted = practice.build(1, people, span).planted
    assert len({one.clinician for one in planted}) == len(planted) == 10
    for one in planted:
        posts = people.posts[people.posts["clinician"] == one.clinician]
        assert len(posts) == 1
        assert posts["end"][0] == days.NEVER
