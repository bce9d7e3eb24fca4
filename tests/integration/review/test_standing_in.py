"""Who stands in for somebody, is suspended or reads without names: what they may do, and what they are told."""

from datetime import date, timedelta
from decimal import Decimal

from orchestration.access import decision
from orchestration.access.decision import Scope
from orchestration.postgres import connection
from tests.installations import BuiltWarehouse
from tests.integration.review.cast import DISPUTE, MAY_NOT, TOO_LATE, Record, holder, refused, stranger_to
from tests.said import ask, say

BY = {"by": "a test", "reason": "a test"}
HISTORY = "select count(*) from review.record_history(%s, %s)"
SEEN = "select count(*) from review.dispute_list(null) where dispute_id = %s"


def grant(trust: BuiltWarehouse, user: str, unit: str, role: str) -> None:
    with connection.connect(trust.settings, autocommit=True) as owner:
        decision.grant(owner, Scope(user, unit, role, None, None, person_name=f"Name of {user}", **BY))


def lend(trust: BuiltWarehouse, user: str, unit: str, to: str) -> int:
    """Let somebody stand in on a unit for a week; return the number of the delegation."""
    today = date.today()
    return say(trust.settings, user, "delegate", unit, to, today, today + timedelta(days=7), "On leave.")


def test_what_a_stand_in_disputes__is_told_to_who_carries_the_record_who_may_withdraw_it(
    trust: BuiltWarehouse, records: list[Record]
) -> None:
    kind, number, post, department, user = records[0]
    other = stranger_to(trust, department)
    delegation = lend(trust, user, post, other)
    ((dispute,),) = ask(trust.settings, other, DISPUTE, kind, number, None)
    for person in (user, other, holder(trust, "clinical lead", department)):
        assert ask(trust.settings, person, SEEN, dispute) == [(1,)]
    # Once is enough, whoever of them it is.
    ((last,),) = ask(trust.settings, user, "select last_act_id from review.record(%s, %s)", kind, number)
    for person in (user, other):
        assert refused(trust, person, DISPUTE, kind, number, last)[0] == TOO_LATE
    say(trust.settings, user, "end_delegation", delegation, "I am back.")
    # Who no longer stands in reads no more of it.
    assert ask(trust.settings, other, SEEN, dispute) == [(0,)]
    assert ask(trust.settings, other, HISTORY, kind, number) == [(0,)]
    say(trust.settings, user, "withdraw", dispute, "It was mine after all.")
    ((state,),) = ask(trust.settings, user, "select state from review.record(%s, %s)", kind, number)
    assert state == "waiting"


def test_suspended_person__reads_nothing_of_what_they_disputed_or_agreed(
    trust: BuiltWarehouse, records: list[Record]
) -> None:
    kind, number, post, department, user = records[1]
    lead = holder(trust, "clinical lead", department)
    ((dispute,),) = ask(trust.settings, user, DISPUTE, kind, number, None)
    by_on = date.today() + timedelta(days=100)
    say(
        trust.settings, lead, "propose_objective", post, "day_case_rate", Decimal("0.5"), by_on, user, "More day cases."
    )
    objectives = "select count(*) from review.objective_list()"
    assert ask(trust.settings, user, objectives) == [(1,)]
    with connection.connect(trust.settings, autocommit=True) as owner:
        decision.suspend(owner, user, **BY)
        try:
            assert ask(trust.settings, user, SEEN, dispute) == [(0,)]
            assert ask(trust.settings, user, HISTORY, kind, number) == [(0,)]
            assert ask(trust.settings, user, objectives) == [(0,)]
            assert refused(trust, user, "select review.withdraw(%s, 'x')", dispute)[0] == MAY_NOT
        finally:
            decision.restore(owner, user, **BY)
    assert ask(trust.settings, user, SEEN, dispute) == [(1,)]


def test_coder_who_stands_in_for_the_lead__signs_the_department_off(
    trust: BuiltWarehouse, records: list[Record]
) -> None:
    _, _, _, department, _ = records[0]
    grant(trust, "visitor.coder", department, "coder")
    sign = "select review.sign_off(%s, '2026-08-01', '', null)"
    assert refused(trust, "visitor.coder", sign, department)[0] == MAY_NOT
    lend(trust, holder(trust, "clinical lead", department), department, "visitor.coder")
    may_sign = "select may_sign from review.ladder('2026-08-01') where org_unit_key = %s"
    assert ask(trust.settings, "visitor.coder", may_sign, department) == [(True,)]
    ask(trust.settings, "visitor.coder", sign, department)


def test_nobody__decides_about_the_record_of_whom_they_stand_in_for(
    trust: BuiltWarehouse, records: list[Record]
) -> None:
    """Somebody stands in for the clinician and disputes; another stands in for the same person as a lead."""
    kind, number, post, department, user = records[2]
    lead = holder(trust, "clinical lead", department)
    grant(trust, user, department, "clinical lead")
    on_the_post, on_the_department = stranger_to(trust, department), "visitor.deputy"
    grant(trust, on_the_department, "department:D100", "analyst")
    lend(trust, user, post, on_the_post)
    lend(trust, user, department, on_the_department)
    ((dispute,),) = ask(trust.settings, on_the_post, DISPUTE, kind, number, None)
    decide = "select review.decide(%s, 'reject', null, 'It is right.')"
    for person in (user, on_the_post, on_the_department):
        assert refused(trust, person, decide, dispute)[0] == MAY_NOT
    ask(trust.settings, lead, decide, dispute)


def test_who_reads_without_names__is_told_of_no_comment(trust: BuiltWarehouse, records: list[Record]) -> None:
    _, _, _, department, _ = records[0]
    lead, about = holder(trust, "clinical lead", department), (department, "finished_spells", date(2026, 8, 1))
    say(trust.settings, lead, "comment_on", *about, "comment", "A ward closed.")
    say(trust.settings, lead, "rebase", *about, "The unit moved.")
    said = "select count(*) > 0 from review.{}(null, null)"
    for role in ("analyst", "coder"):
        grant(trust, f"visitor.quiet.{role}", department, role)
        for what in ("comment_list", "rebase_list"):
            assert ask(trust.settings, lead, said.format(what)) == [(True,)]
            assert ask(trust.settings, f"visitor.quiet.{role}", said.format(what)) == [(False,)]
