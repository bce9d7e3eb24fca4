"""What people come for, from log-in to log-out: confirm, dispute and decide, sign off, comment, agree, stand in."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.dashboards.pages import log_in
from tests.browser.review.pages import Cast, Record, Reviewer, asked, last_act
from tests.installations import RunningSuperset, run_cpw
from tests.said import as_person

pytestmark = pytest.mark.browser
ReviewerOf = Callable[[str], Reviewer]
STATE = "select state from review.dispute_state where dispute_id = %s"
NEWEST_DISPUTE = "select max(act_id) from review.dispute where record_id = %s"


def name_of(superset: RunningSuperset, user: str) -> str:
    return str(asked(superset, "select person_name from marts.person where user_name = %s", user))


def unit_label(superset: RunningSuperset, user: str) -> str:
    with as_person(superset.settings, user) as reviewer:
        row = reviewer.execute("select unit_label from review.my_unit() limit 1").fetchone()
    return str(row[0])


def test_clinician__goes_from_a_record_behind_a_number_to_its_review_and_out(
    browser: Browser, superset: RunningSuperset
) -> None:
    context = log_in(browser, superset, *superset.people["clinician"])
    page = context.new_page()
    page.goto(superset.base_url)
    menu = page.get_by_role("menuitem", name="Review").or_(page.get_by_role("link", name="Review", exact=True)).first
    expect(menu).to_be_visible()
    page.get_by_role("tab", name="My records").click()
    link = page.locator("td a[href*='/review/record/']").first
    label = link.locator("xpath=ancestor::tr").inner_text()
    link.click()
    page.wait_for_url("**/review/record/**")
    record_id = page.get_by_role("heading", level=1).inner_text().split()[-1]
    assert record_id in label
    assert "You came from the records behind: " in page.locator("main").inner_text()
    page.get_by_role("link", name="My dashboard").click()
    page.wait_for_url("**/superset/dashboard/my-practice/**")
    page.goto(f"{superset.base_url}/review/")
    page.get_by_role("link", name="Log out").click()
    page.goto(f"{superset.base_url}/review/disputes/")
    assert "/login/" in page.url and "next=%2Freview%2Fdisputes%2F" in page.url
    context.close()


def test_record__is_disputed_by_its_carrier_and_decided_by_the_lead(
    reviewer: ReviewerOf, cast: Cast, records: Iterator[Record], superset: RunningSuperset
) -> None:
    record = next(records)
    colleague = name_of(superset, cast.colleague)
    clinician, lead = reviewer(cast.clinician), reviewer(cast.lead)
    assert "Disputed." in clinician.dispute(record, "It is not mine", "The theatre list names another.", colleague)
    number = asked(superset, NEWEST_DISPUTE, record.record_id)
    lead.open("/review/disputes/")
    waiting = lead.page.locator("section").filter(has_text="Waiting for your decision")
    assert waiting.get_by_role("link", name=f"Decide dispute {number}").count() == 1
    page = lead.open(f"/review/dispute/{number}/")
    assert "The theatre list names another." in page.locator("main").inner_text()
    assert f"Said to be of\n{colleague}" in page.locator("main").inner_text()
    said = lead.decide(number, "Count it for somebody else", "The list says so.", colleague)
    assert said.startswith("Decided.")
    assert asked(superset, STATE, number) == "re-attributed"
    told = clinician.open(f"/review/dispute/{number}/").locator("main").inner_text()
    assert f"Re-attributed by {name_of(superset, cast.lead)}" in told and "The list says so." in told
    assert lead.open(f"/review/dispute/{number}/").get_by_role("button", name="Reverse").count() == 1
    lead.page.get_by_label("Why was it wrong?").fill("It was another list.")
    assert lead.press("Reverse").startswith("Reversed.")
    assert asked(superset, STATE, number) == "reversed"


def test_dispute__is_withdrawn_by_who_raised_it(
    reviewer: ReviewerOf, cast: Cast, records: Iterator[Record], superset: RunningSuperset
) -> None:
    record, clinician = next(records), reviewer(cast.clinician)
    clinician.dispute(record, "A date or time is wrong", "It was the day before.")
    number = asked(superset, NEWEST_DISPUTE, record.record_id)
    clinician.open(f"/review/dispute/{number}/").get_by_label("Why?").fill("I misread it.")
    assert clinician.press("Withdraw").startswith("Withdrawn.")
    assert clinician.open(record.address).get_by_role("button", name="Confirm: this is right").count() == 1


def test_work_list__confirms_one_those_ticked_and_a_whole_month(
    reviewer: ReviewerOf, cast: Cast, superset: RunningSuperset
) -> None:
    person = reviewer(cast.colleague)
    page = person.open("/review/")
    before = asked(superset, "select count(*) from review.confirmation")
    first = page.locator(".record").first
    record_id = first.locator("input[type=checkbox]").get_attribute("value").split("/")[1]
    assert person.send(first.get_by_role("button", name="Confirm")) == "1 record confirmed."
    assert asked(superset, "select count(*) from review.confirmation where record_id = %s", record_id) == 1
    assert page.locator(f"input[value$='/{record_id}']").count() == 0
    for number in (0, 1):
        page.locator(".record input[type=checkbox]").nth(number).check()
    assert person.press("Confirm those ticked") == "2 records confirmed."
    assert "Tick the records" in person.press("Confirm those ticked")
    months = page.locator("table.stack tbody tr th a")
    month = months.first.inner_text()
    months.first.click()
    expect(page.get_by_label("Month")).to_have_value(re.compile(r"\d{4}-\d\d"))
    button = page.get_by_role("button", name=re.compile(f"Confirm all [0-9,]+ of {month}"))
    count = int(re.sub(r"\D", "", button.inner_text().split(" of ")[0]))
    assert person.send(button) == f"{count:,} record{'s' * (count != 1)} confirmed."
    assert asked(superset, "select count(*) from review.confirmation") == before + 3 + count
    assert "Nothing here" in page.locator("main").inner_text() or "All is done" in page.locator("main").inner_text()


def test_sign_off__climbs_the_ladder(reviewer: ReviewerOf, cast: Cast, superset: RunningSuperset) -> None:
    below = re.compile(r"(\d+) of (\d+) below signed")
    label = asked(superset, "select unit_label from marts.rpt_unit where org_unit_key = %s", cast.department_key)

    def signed_below(person: Reviewer, unit: str) -> int:
        card = (
            person.open("/review/sign-off/").locator(".card").filter(has=person.page.get_by_role("heading", name=unit))
        )
        return int(below.search(card.inner_text())[1])

    lead, clinician = reviewer(cast.lead), reviewer(cast.clinician)
    before = signed_below(lead, label)
    clinician.open("/review/sign-off/")
    assert clinician.sign(unit_label(superset, cast.clinician), "Two lists fell out.") == "Signed."
    assert signed_below(lead, label) == before + 1
    row = lead.page.get_by_role("row").filter(has_text=unit_label(superset, cast.clinician)).inner_text()
    assert "Signed" in row and "Two lists fell out." in row and "presumed" not in row
    director, executive = reviewer(cast.director), reviewer(cast.executive)
    division, trust = unit_label(superset, cast.director), unit_label(superset, cast.executive)
    steps = ((lead, label, director, division), (director, division, executive, trust))
    for person, unit, above, above_unit in steps:
        before = signed_below(above, above_unit)
        person.open("/review/sign-off/")
        assert person.sign(unit) == "Signed."
        assert signed_below(above, above_unit) == before + 1
    executive.open("/review/sign-off/")
    assert executive.sign(trust, "Seen.") == "Signed."
    assert "Sign again" in executive.page.locator("main").inner_text()


def test_lead__comments_begins_limits_anew_and_ends_that(
    reviewer: ReviewerOf, cast: Cast, superset: RunningSuperset
) -> None:
    lead = reviewer(cast.lead)
    label = unit_label(superset, cast.lead)
    page = lead.open("/review/comments/")
    comment = page.locator("form").filter(has=page.get_by_role("button", name="Keep the comment"))
    comment.get_by_label("Unit").select_option(label=label)
    comment.get_by_label("Measure").select_option(label="Finished spells")
    comment.get_by_label("Month").select_option(index=1)
    comment.get_by_label("What caused a special cause").check()
    comment.get_by_label("Comment", exact=True).fill("The ward was closed for a flood.")
    assert lead.press("Keep the comment").startswith("Your comment is kept")
    card = page.locator("li.card").filter(has_text="The ward was closed for a flood.").first.inner_text()
    assert "Finished spells" in card and label in card and "Special cause" in card
    assert name_of(superset, cast.lead) in card
    rebase = page.locator("form").filter(has=page.get_by_role("button", name="Begin anew"))
    rebase.get_by_label("Unit").select_option(label=label)
    rebase.get_by_label("Measure").select_option(label="Finished spells")
    rebase.get_by_label("From").select_option(index=2)
    rebase.get_by_label("What was changed then?").fill("A second ward was opened.")
    assert lead.press("Begin anew").startswith("From the next publication")
    begun = page.locator("li.card").filter(has_text="A second ward was opened.")
    begun.get_by_text("End it").click()
    begun.get_by_label("Why?").fill("It was closed again.")
    assert lead.send(begun.get_by_role("button", name="End")).startswith("Ended.")
    assert "Ended" in page.locator("li.card").filter(has_text="A second ward was opened.").locator(".tag").inner_text()


def test_objective__is_proposed_in_percent_agreed_by_its_owner_and_met(
    reviewer: ReviewerOf, cast: Cast, superset: RunningSuperset
) -> None:
    lead, clinician = reviewer(cast.lead), reviewer(cast.clinician)
    plan = f"Open the day unit on Saturdays, plan {last_act(superset)}."
    page = lead.open("/review/objectives/")
    page.get_by_label("Unit").select_option(label=unit_label(superset, cast.lead))
    page.get_by_label("Measure").select_option(label="Day-case rate")
    page.get_by_label("Target").fill("92.5")
    page.get_by_label("By", exact=True).fill((date.today() + timedelta(days=200)).isoformat())
    page.get_by_label("Owner").select_option(label=name_of(superset, cast.clinician))
    page.get_by_label("What will be done?").fill(plan)
    assert lead.press("Propose").startswith("Proposed.")
    assert float(asked(superset, "select target from review.objective order by act_id desc limit 1")) == 0.925
    card = clinician.open("/review/objectives/").locator("li.card").filter(has_text=plan)
    assert "92.5%" in card.inner_text() and "Proposed" in card.inner_text()
    card.get_by_text("Answer", exact=True).first.click()
    card.get_by_label("Agree to it").check()
    assert clinician.send(card.get_by_role("button", name="Answer")) == "Recorded."
    assert card.locator(".tag").inner_text() == "Agreed"
    card = lead.open("/review/objectives/").locator("li.card").filter(has_text=plan)
    card.get_by_text("Answer", exact=True).first.click()
    card.get_by_label("It is met", exact=True).check()
    card.get_by_label("Why?").fill("Six months above it.")
    assert lead.send(card.get_by_role("button", name="Answer")) == "Recorded."
    assert lead.page.locator("section").filter(has_text="Closed").last.get_by_text("Met", exact=True).count() == 1


def test_delegation__lets_a_colleague_act_with_both_names_until_it_is_ended(
    reviewer: ReviewerOf, cast: Cast, records: Iterator[Record], superset: RunningSuperset
) -> None:
    clinician, colleague, record = reviewer(cast.clinician), reviewer(cast.colleague), next(records)
    page = clinician.open("/review/delegation/")
    page.get_by_label("Unit").select_option(label=unit_label(superset, cast.clinician))
    page.get_by_label("Who").select_option(label=name_of(superset, cast.colleague))
    page.get_by_label("First day").fill(date.today().isoformat())
    page.get_by_label("Last day").fill((date.today() + timedelta(days=7)).isoformat())
    page.get_by_label("Why?").last.fill("On leave.")
    assert clinician.press("Delegate").startswith("Delegated.")
    colleague.open(record.address)
    assert colleague.press("Confirm: this is right").startswith("Confirmed.")
    who = asked(
        superset,
        "select array[a.acted_by, a.on_behalf_of] from review.confirmation as c"
        " inner join review.act as a on c.act_id = a.act_id where c.record_id = %s",
        record.record_id,
    )
    assert who == [cast.colleague, cast.clinician]
    held = clinician.open("/review/delegation/").locator("li.card").first
    held.get_by_text("End it now").click()
    held.get_by_label("Why?").fill("Back early.")
    clinician.press("End")
    before = last_act(superset)
    assert "nobody acts for you" in clinician.page.locator("main").inner_text().lower()
    assert colleague.open(record.address).get_by_role("button", name="Dispute").count() == 0
    assert last_act(superset) == before


@pytest.fixture
def coder(superset: RunningSuperset, cast: Cast) -> Iterator[str]:
    """Make somebody the coder of the department, for one test."""
    user = superset.people["auditor"][0]
    because = ("--by", "a test", "--reason", "a test")
    granted = run_cpw(superset.settings, "access", "grant", user, cast.department_key, "coder", *because)
    assert granted.returncode == 0, granted.stderr
    yield user
    (scope,) = re.findall(r"Scope (\d+):", granted.stdout)
    assert run_cpw(superset.settings, "access", "end", scope, *because).returncode == 0


def test_coder__decides_on_codes_and_sees_nothing_else_of_the_department(
    reviewer: ReviewerOf, cast: Cast, records: Iterator[Record], superset: RunningSuperset, coder: str
) -> None:
    clinician, person = reviewer(cast.clinician), reviewer(coder)
    another = next(records)
    clinician.dispute(another, "It is not mine", "The letter names another.")
    of_a_person = asked(superset, "select max(act_id) from review.dispute")
    clinician.dispute(next(records), "A diagnosis or procedure code is wrong", "The notes say hernia.")
    of_a_code = asked(superset, "select max(act_id) from review.dispute")
    person.open("/review/")
    assert person.page.locator(".tabs a").all_inner_texts() == ["Disputes"]
    assert person.page.get_by_role("link", name=f"dispute {of_a_person}").count() == 0
    assert "Disputed: not mine" in person.open(another.address).locator("main").inner_text()
    assert person.page.get_by_role("link", name="See the dispute").count() == 0
    assert clinician.open(another.address).get_by_role("link", name="See the dispute").count() == 1
    said = person.decide(of_a_code, "Have the source corrected", "Coded anew on Monday.")
    assert said.startswith("Decided.")
    assert asked(superset, STATE, of_a_code) == "source to correct"
    told = clinician.open(f"/review/dispute/{of_a_code}/").locator("main").inner_text()
    assert "Coded anew on Monday." in told and "The source is to correct it" in told
