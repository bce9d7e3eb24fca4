"""What a page sends is not believed: who acts is the signed name, and the database decides what that name may."""

import threading

import psycopg
import pytest

from orchestration.postgres import connection
from tests.integration.review.cast import (
    BAD_INPUT,
    DISPUTE,
    MAY_NOT,
    TOO_LATE,
    acts,
    holder,
    refused,
    stranger_to,
)
from tests.said import as_person, ask


def test_another_ones_record__is_neither_shown_nor_confirmed_nor_disputed(trust, records) -> None:
    kind, number, post, department, _ = records[0]
    lead = holder(trust, "clinical lead", department)
    before = acts(trust)
    for user in (stranger_to(trust, department), None, "nobody.of.the.house", "auditor"):
        assert ask(trust.settings, user, "select * from review.record(%s, %s)", kind, number) == []
        assert ask(trust.settings, user, "select * from review.record_history(%s, %s)", kind, number) == []
        assert ask(trust.settings, user, "select * from review.work_list(%s, null, null, null, 9, 0)", post) == []
    # The lead reads the record, and is not who confirms it.
    for user in (stranger_to(trust, department), None, "nobody.of.the.house", "auditor", lead):
        assert refused(trust, user, "select review.confirm(%s, %s)", kind, number)[0] == MAY_NOT
        assert refused(trust, user, DISPUTE, kind, number, None)[0] == MAY_NOT
        assert refused(trust, user, "select review.confirm_all(%s, '2026-04-01', null, 1)", post)[0] == MAY_NOT
    assert acts(trust) == before


def test_a_forged_name__is_nobody(trust, records) -> None:
    kind, number, _, _, user = records[0]
    options = f"-c app.username={user} -c app.signature={'0' * 64}"
    with connection.connect(trust.settings, "review", options=options, autocommit=True) as forged:
        assert forged.execute("select * from review.my_unit()").fetchall() == []
        with pytest.raises(psycopg.Error) as error:
            forged.execute("select review.confirm(%s, %s)", [kind, number])
        assert error.value.sqlstate == MAY_NOT


def test_the_role_of_the_pages__reads_and_writes_no_table_and_calls_no_step_of_a_function(trust, records) -> None:
    tables = trust.query(
        "select format('%I.%I', schemaname, tablename) as name from pg_tables"
        " where schemaname in ('review', 'marts', 'access', 'quality', 'raw', 'identity', 'intermediate')"
    )["name"]
    with as_person(trust.settings, records[0][4]) as person:
        for table in tables:
            for statement in (f"select 1 from {table}", f"delete from {table}", f"truncate {table}"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    person.execute(statement)
        for step in ("review.act(null)", "review.acting_of('chief')", "review.figures_of('trust:RZZ', '2026-04-01')",
                     "review.keep_figures(1, 'spell', 'x', 'y', 'z')", "review.name_of('x')"):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                person.execute(f"select {step}")


def test_not_even_the_owner__changes_what_was_said(trust, records) -> None:
    ask(trust.settings, records[1][4], "select review.confirm(%s, %s)", *records[1][:2])
    with connection.connect(trust.settings, autocommit=True) as owner:
        for statement in (
            "update review.act set acted_by = 'x'",
            "delete from review.confirmation",
            "truncate review.act",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                owner.execute(statement)


def test_nobody__decides_on_the_own_dispute_or_one_of_another_department(trust, records) -> None:
    kind, number, _, department, user = records[2]
    ((dispute,),) = ask(trust.settings, user, DISPUTE, kind, number, None)
    decide = "select review.decide(%s, 'reject', null, 'It is right.')"
    for other in (user, stranger_to(trust, department), None, "auditor"):
        assert refused(trust, other, decide, dispute)[0] == MAY_NOT
    # Not as the lead of the department either, whom the lead lets stand in.
    lead = holder(trust, "clinical lead", department)
    ask(
        trust.settings, lead, "select review.delegate(%s, %s, current_date, current_date + 7, 'On leave.')",
        department, user,
    )  # fmt: skip
    roles = ask(trust.settings, user, "select role, on_behalf_of from review.my_unit()")
    assert ("clinical lead", lead) in roles
    assert refused(trust, user, decide, dispute)[0] == MAY_NOT
    ((delegation,),) = ask(trust.settings, user, "select delegation_id from review.delegation_list()")
    ask(trust.settings, user, "select review.end_delegation(%s, 'I am back.')", delegation)
    assert ("clinical lead", lead) not in ask(trust.settings, user, "select role, on_behalf_of from review.my_unit()")
    assert refused(trust, user, "select review.sign_off(%s, '2026-04-01', '', null)", department)[0] == MAY_NOT
    ((decision,),) = ask(trust.settings, lead, decide, dispute)
    assert decision > dispute
    assert refused(trust, lead, decide, dispute)[0] == TOO_LATE


def test_two_who_act_at_once__lose_nothing_and_one_of_them_is_told(trust, records) -> None:
    """A second act that waits behind the first sees it, and is refused; a lead and a director decide at one moment."""
    kind, number, _, department, user = records[3]
    ((dispute,),) = ask(trust.settings, user, DISPUTE, kind, number, None)
    director = trust.query(
        "select min(user_name) as name from access.user_scope where role = 'divisional director' and state = 'in force'"
        " and org_unit_key = (select parent_org_unit_key from marts.dim_org_unit where org_unit_key = %(unit)s)",
        unit=department,
    )["name"].item()
    lead = holder(trust, "clinical lead", department)
    told: list[str | None] = []

    def second() -> None:
        try:
            ask(trust.settings, director, "select review.decide(%s, 'reject', null, 'No.')", dispute)
            told.append(None)
        except psycopg.Error as error:
            told.append(error.sqlstate)

    with as_person(trust.settings, lead) as first, first.transaction():
        first.execute("select review.decide(%s, 'exclude', null, 'Yes.')", [dispute])
        waiting = threading.Thread(target=second)
        waiting.start()
        waits = "select count(*) as n from pg_locks where locktype = 'advisory' and not granted"
        while trust.query(waits)["n"].item() == 0 and waiting.is_alive():
            pass
    waiting.join()
    assert told == [TOO_LATE]
    decided = trust.query("select decision from review.decision where dispute_id = %(id)s", id=dispute)
    assert list(decided["decision"]) == ["exclude"]


def test_what_was_said_since_the_page_was_opened__is_not_written_over(trust, records) -> None:
    kind, number, _, _, user = records[4]
    ask(trust.settings, user, "select review.confirm(%s, %s)", kind, number)
    assert refused(trust, user, DISPUTE, kind, number, None)[0] == TOO_LATE
    ((last,),) = ask(trust.settings, user, "select last_act_id from review.record(%s, %s)", kind, number)
    ask(trust.settings, user, DISPUTE, kind, number, last)
    assert refused(trust, user, "select review.confirm(%s, %s)", kind, number)[0] == TOO_LATE


def test_what_was_shown_of_an_earlier_publication__is_not_acted_on(trust, records) -> None:
    kind, number, _, department, user = records[6]
    published = trust.query("select max(publication_id) as id from quality.publication where state = 'published'")
    shown, lead = int(published["id"].item()), holder(trust, "clinical lead", department)
    ((last,),) = ask(trust.settings, user, "select last_act_id from review.record(%s, %s)", kind, number)
    before = acts(trust)
    for person, query, values in (
        (user, "select review.confirm(%s, %s)", records[5][:2]),
        (user, DISPUTE, (kind, number, last)),
        (lead, "select review.sign_off(%s, '2026-04-01', '', null)", (department,)),
    ):
        with as_person(trust.settings, person, shown - 1) as page:
            with pytest.raises(psycopg.Error, match="Figures were published since you opened this page") as error:
                page.execute(query, values)  # type: ignore[arg-type]
            assert error.value.sqlstate == TOO_LATE
    assert acts(trust) == before
    with as_person(trust.settings, lead, shown) as page, page.transaction(force_rollback=True):
        page.execute("select review.sign_off(%s, '2026-04-01', '', null)", [department])


def test_all_that_wait__are_confirmed_by_the_number_that_the_page_named_or_not_at_all(trust, records) -> None:
    _, _, post, _, user = records[0]
    every = "select review.confirm_all(%s, '2026-04-01', null, %s)"
    ((waiting,),) = ask(
        trust.settings, user, "select waiting_count from review.work_months() where month_on = '2026-04-01' and"
        " org_unit_key = %s", post,
    )  # fmt: skip
    before = acts(trust)
    assert refused(trust, user, every, post, waiting + 1)[0] == TOO_LATE
    assert acts(trust) == before
    assert ask(trust.settings, user, every, post, waiting) == [(waiting,)]
    ((left,),) = ask(
        trust.settings, user, "select waiting_count from review.work_months() where month_on = '2026-04-01' and"
        " org_unit_key = %s", post,
    )  # fmt: skip
    assert left == 0


def test_bad_input__is_told_by_its_field(trust, records) -> None:
    kind, number, post, department, user = records[5]
    lead = holder(trust, "clinical lead", department)
    ((last,),) = ask(trust.settings, user, "select last_act_id from review.record(%s, %s)", kind, number)
    dispute = "select review.dispute(%s, %s, %s, %s, %s, %s)"
    for reason, whose, evidence, field in (
        ("spite", None, "x", "reason"),
        ("not mine", "no such key", "x", "whose"),
        ("wrong code", "anybody", "x", "whose"),
        ("other", None, "  \n", "evidence"),
        ("other", None, "x" * 10_000, "evidence"),
    ):
        assert refused(trust, user, dispute, kind, number, reason, whose, evidence, last) == (BAD_INPUT, field)
    comment = "select review.comment_on(%s, %s, %s::date, %s, %s)"
    for measure, month, mark, text, field in (
        ("no_measure", "2026-04-01", "comment", "x", "measure_id"),
        ("finished_spells", "1999-01-01", "comment", "x", "month_on"),
        ("finished_spells", "2026-04-01", "verdict", "x", "kind"),
        ("finished_spells", "2026-04-01", "comment", "", "comment"),
    ):
        assert refused(trust, lead, comment, department, measure, month, mark, text) == (BAD_INPUT, field)
    objective = "select review.propose_objective(%s, %s, %s::numeric, %s::date, %s, %s)"
    for measure, target, by, owner, field in (
        ("no_measure", 0.5, "2027-06-01", user, "measure_id"),
        ("day_case_rate", 1.5, "2027-06-01", user, "target"),
        ("day_case_rate", None, "2027-06-01", user, "target"),
        ("day_case_rate", 0.5, "1999-06-01", user, "by_on"),
        ("day_case_rate", 0.5, "2027-06-01", "no.body", "owner_user_name"),
    ):
        values = (department, measure, target, by, owner, "More day cases.")
        assert refused(trust, lead, objective, *values) == (BAD_INPUT, field)
    assert refused(trust, user, objective, post, "day_case_rate", 0.5, "2027-06-01", user, "x")[0] == MAY_NOT
    assert refused(trust, user, "select review.rebase(%s, 'finished_spells', '2026-04-01', 'x')", post)[0] == MAY_NOT


def test_a_scope_that_ended__ends_what_was_delegated_under_it(trust, records) -> None:
    _, _, _, department, _ = records[0]
    lead, other = holder(trust, "clinical lead", department), stranger_to(trust, department)
    ask(
        trust.settings, lead, "select review.delegate(%s, %s, current_date, current_date + 7, 'On leave.')",
        department, other,
    )  # fmt: skip
    mine = "select count(*) from review.my_unit() where org_unit_key = %s"
    assert ask(trust.settings, other, mine, department) == [(1,)]
    stopped = trust.cpw("access", "suspend", lead, "--by", "test", "--reason", "left")
    assert stopped.returncode == 0, stopped.stderr
    assert ask(trust.settings, other, mine, department) == [(0,)]
    trust.cpw("access", "restore", lead, "--by", "test", "--reason", "back")
    assert ask(trust.settings, other, mine, department) == [(1,)]
