"""What people say of figures and records is on their pages at once, and on nobody else's."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from orchestration.access import decision
from orchestration.access.decision import Scope
from orchestration.postgres import connection
from orchestration.settings import Settings
from tests.installations import BuiltWarehouse, as_reader
from tests.said import ask, say

MARKUP, SAFE = "Ward <b>closed</b> & moved", "Ward &lt;b&gt;closed&lt;/b&gt; &amp; moved"
Read = Callable[..., list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Team:
    """A post whose department has a lead, and those around it: user names, units, a month that is whole."""

    post: str
    department: str
    clinician: str
    colleague: str
    stranger: str
    lead: str
    director: str
    month_on: date


@pytest.fixture(scope="module")
def settings(own_small_warehouse: BuiltWarehouse) -> Settings:
    return own_small_warehouse.settings


@pytest.fixture(scope="module")
def owner(settings: Settings) -> Iterator[psycopg.Connection]:
    with connection.connect(settings, autocommit=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def read(settings: Settings) -> Read:
    """Return what a person, as whom Superset asks, reads."""

    def rows(user: str | None, query: str, *values: object) -> list[tuple[Any, ...]]:
        with as_reader(settings, user) as reader:
            return reader.execute(query, values).fetchall()  # type: ignore[arg-type]

    return rows


@pytest.fixture(scope="module")
def team(owner: psycopg.Connection) -> Team:
    (month_on,) = owner.execute("select max(month_on) from marts.dim_month where is_complete").fetchone()
    roles = owner.execute("select user_name, role, org_unit_key from marts.person_scope").fetchall()
    led = {unit: user for user, role, unit in roles if role == "clinical lead"}
    leaders = {user for user, role, _ in roles if role != "clinician"}
    held: dict[str, list[tuple[str, str]]] = {}
    posts = owner.execute(
        "select u.org_unit_key, u.department_key from marts.dim_org_unit as u"
        " inner join marts.validation_month as v on u.org_unit_key = v.org_unit_key"
        " where u.org_unit_level = 'clinician' and u.now_of_org_unit_key is null and v.month_on = %s order by 1",
        [month_on],
    ).fetchall()
    for post, department in posts:
        users = [user for user, role, unit in roles if (role, unit) == ("clinician", post) and user not in leaders]
        held.setdefault(department, []).extend((post, user) for user in users)
    department = next(key for key, found in held.items() if key in led and len({user for _, user in found}) > 1)
    (post, clinician), *others = held[department]
    stranger = next(user for key, found in held.items() if key != department for _, user in found if user != clinician)
    director = owner.execute(
        "select s.user_name from marts.person_scope as s inner join marts.dim_org_unit as u"
        " on s.org_unit_key = u.parent_org_unit_key where s.role = 'divisional director' and u.org_unit_key = %s",
        [department],
    ).fetchone()[0]
    colleague = next(user for _, user in others if user != clinician)
    return Team(post, department, clinician, colleague, stranger, led[department], director, month_on)


def comments(read: Read, user: str | None, unit: str) -> list[tuple[Any, ...]]:
    return read(
        user,
        "select kind_text, comment_html, person_label like '%%, clinician' from marts.rpt_comment"
        " where org_unit_key = %s and act_id is not null order by act_id",
        unit,
    )


def marks(read: Read, user: str | None, unit: str, month_on: date) -> list[tuple[Any, ...]]:
    return read(
        user,
        "select comment_count, commented_value = display_value, much_commented_value = display_value"
        " from marts.rpt_trend where org_unit_key = %s and measure_id = 'finished_spells' and month_on = %s",
        unit,
        month_on,
    )


def test_comment__stands_beside_the_chart_at_once_and_is_escaped(settings: Settings, read: Read, team: Team) -> None:
    assert marks(read, team.clinician, team.post, team.month_on) == [(0, None, None)]
    said = (team.post, "finished_spells", team.month_on, "comment")
    say(settings, team.clinician, "comment_on", *said, MARKUP)
    for user in (team.clinician, team.lead):
        assert comments(read, user, team.post) == [("Comment", f'<div class="cpw-fit">{SAFE}</div>', True)]
        assert marks(read, user, team.post, team.month_on) == [(1, True, None)]
    for user in (team.colleague, team.stranger, team.director, None):
        assert comments(read, user, team.post) == []
        assert marks(read, user, team.post, team.month_on) == []
    say(settings, team.clinician, "comment_on", *said, "It has opened again.")
    assert marks(read, team.clinician, team.post, team.month_on) == [(2, None, True)]


def test_answers_kept_for_a_minute__are_of_before_once_anybody_said_something(settings: Settings, team: Team) -> None:
    def standings() -> list[str]:
        with connection.connect(settings, "viewing", autocommit=True) as server:
            users = (team.clinician, team.lead, team.stranger)
            return [server.execute("select access.standing(%s)", [user]).fetchone()[0] for user in users]

    before = standings()
    assert standings() == before
    say(settings, team.clinician, "comment_on", team.post, "dna_rate", team.month_on, "comment", "Letters were late.")
    assert not {*standings()} & {*before}


def test_series_of_which_nobody_spoke__says_so(read: Read, team: Team) -> None:
    rows = read(
        team.clinician,
        "select act_id, comment_html like '%%Nobody has said anything%%' from marts.rpt_comment"
        " where org_unit_key = %s and measure_id = 'outpatient_attendances'",
        team.post,
    )
    assert rows == [(None, True)]


def test_special_cause_and_new_limits__are_told_to_those_above(settings: Settings, read: Read, team: Team) -> None:
    where = (team.department, "finished_spells", team.month_on)
    say(settings, team.lead, "comment_on", *where, "special cause", "A ward closed.")
    number = say(settings, team.lead, "rebase", *where, "The unit moved.")
    kinds = ["Cause of a special cause", "Limits calculated anew"]
    for user in (team.lead, team.director):
        assert [kind for kind, *_ in comments(read, user, team.department)] == kinds
        # New limits are no comment about the month.
        assert marks(read, user, team.department, team.month_on)[0][0] == 1
    assert comments(read, team.clinician, team.department) == []
    say(settings, team.lead, "end_rebase", number, "It was too early.")
    assert [kind for kind, *_ in comments(read, team.lead, team.department)] == kinds[:1]


def test_analyst__reads_no_name_and_nothing_that_was_said(
    settings: Settings, owner: psycopg.Connection, read: Read, team: Team
) -> None:
    who = {"by": "a test", "reason": "a test", "person_name": "An Analyst"}
    decision.grant(owner, Scope("visitor.analyst", team.department, "analyst", None, None, **who))
    month_before = (team.month_on - timedelta(days=1)).replace(day=1)
    say(settings, team.lead, "comment_on", team.department, "dna_rate", team.month_on, "comment", "Said by a lead.")
    say(settings, team.lead, "sign_off", team.department, month_before, "Signed by a lead.", None)

    def states(user: str) -> list[tuple[Any, ...]]:
        return read(
            user,
            "select state, state_text, state_html from marts.rpt_validation_month"
            " where org_unit_key = %s and month_on = %s",
            team.department,
            month_before,
        )

    assert comments(read, team.lead, team.department) and comments(read, "visitor.analyst", team.department) == []
    assert marks(read, "visitor.analyst", team.department, team.month_on)[0][0] == 0
    ((state, text, html),) = states("visitor.analyst")
    assert state == "signed" and text.startswith("Signed off on ") and "Signed by a lead" not in html
    ((_, text, html),) = states(team.director)
    assert text.startswith("Signed off by ") and "Signed by a lead." in html


def test_objective__is_told_to_its_owner_and_to_who_leads(settings: Settings, read: Read, team: Team) -> None:
    by_on = date.today() + timedelta(days=200)
    for unit, owner in ((team.post, team.clinician), (team.department, team.lead)):
        say(settings, team.lead, "propose_objective", unit, "dna_rate", Decimal("0.05"), by_on, owner, MARKUP)

    def objectives(user: str | None, shown: str) -> list[tuple[Any, ...]]:
        return read(
            user,
            "select carrier_org_unit_key, target_text, by_on, judgement_text like 'Too early%%', state_text,"
            " objective_html like %s from marts.rpt_objective"
            " where org_unit_key = %s and objective_id is not null order by objective_id",
            f"%{SAFE}%",
            shown,
        )

    own, of_department = ((unit, "5.0%", by_on, True, "Proposed", True) for unit in (team.post, team.department))
    assert objectives(team.clinician, team.post) == [own]
    assert objectives(team.lead, team.post) == [own]
    assert objectives(team.lead, team.department) == [own, of_department]
    # A director leads the department, and not who works in it.
    assert objectives(team.director, team.department) == [of_department]
    for user in (team.colleague, team.stranger, None):
        assert objectives(user, team.post) == objectives(user, team.department) == []


def test_confirmation_and_dispute__leave_the_list_of_what_waits_at_once(
    settings: Settings, owner: psycopg.Connection, read: Read, team: Team
) -> None:
    records = owner.execute(
        "select record_type, record_id from marts.review_record where org_unit_key = %s and month_on = %s"
        " order by 1, 2",
        [team.post, team.month_on],
    ).fetchall()
    assert len(records) > 4

    def work(user: str | None) -> list[tuple[Any, ...]]:
        return read(
            user,
            "select record_count, confirmed_count, disputed_count, waiting_count + presumed_count"
            " from marts.rpt_validation_work where org_unit_key = %s and month_on = %s",
            team.post,
            team.month_on,
        )

    assert work(team.clinician) == [(len(records), 0, 0, len(records))]
    for record in records[:3]:
        say(settings, team.clinician, "confirm", *record)
    number = say(settings, team.clinician, "dispute", *records[3], "wrong code", None, MARKUP, None)
    assert work(team.clinician) == [(len(records), 3, 1, len(records) - 4)]
    assert work(team.lead) == work(team.colleague) == work(None) == []

    def disputes(user: str | None) -> list[tuple[Any, ...]]:
        return read(
            user,
            "select distinct dispute_id, record_html like %s, state_text from marts.rpt_dispute"
            " where dispute_id is not null",
            f"%/review/dispute/{number}/%{records[3][1]}%",
        )

    assert disputes(team.clinician) == [(number, True, "Waits to be decided")]
    assert disputes(team.lead) == [(number, True, "Waits for your decision")]
    # The director decides it on the review pages: no record is read on the dashboards above a department.
    for user in (team.director, team.colleague, team.stranger, None):
        assert disputes(user) == []


def test_validation__counts_as_the_measure_does_at_every_level(owner: psycopg.Connection, read: Read) -> None:
    for (user,) in owner.execute("select user_name from marts.person where leadership_level = 'executive'").fetchall():
        counted = read(
            user,
            "select org_unit_key, month_on, record_count, confirmed_count,"
            " disputed_count + waiting_count + presumed_count"
            " from marts.rpt_validation_month where record_count > 0",
        )
        measured = read(
            user,
            "select org_unit_key, month_on, denominator, numerator, denominator - numerator"
            " from marts.performance_shown where measure_id = 'validation_coverage' and denominator > 0"
            " and (org_unit_key, month_on) in (select org_unit_key, month_on from marts.rpt_validation_month)",
        )
        assert len(counted) > 50 and {key.split(":")[0] for key, *_ in counted} == {"trust", "division", "department"}
        assert sorted(counted) == sorted(measured)


def test_months_long_over_at_the_first_publication__are_history_of_which_nobody_is_asked(
    settings: Settings, read: Read, owner: psycopg.Connection, team: Team
) -> None:
    (deadline_on,) = owner.execute(
        "select (min(attempted_at) at time zone 'Europe/London')::date + 21 from quality.publication"
    ).fetchone()
    months = read(
        team.director,
        "select state, deadline_on, state_text from marts.rpt_validation_month where org_unit_key = %s"
        " order by month_on",
        team.department,
    )
    before = deadline_on - timedelta(days=22)
    history = ("history", before, "History: from before figures were first published here")
    assert len(months) > 6
    assert months[:-3] == [history] * (len(months) - 3)
    assert {day for _, day, _ in months[-3:]} == {deadline_on}
    assert "history" not in {state for state, _, _ in months[-3:]}
    work = read(
        team.clinician,
        "select sum(waiting_count), sum(presumed_count) > 0 from marts.rpt_validation_work"
        " where org_unit_key = %s and month_on < '2026-07-01'",
        team.post,
    )
    assert work == [(0, True)]
    waits = "select min(month_on) from review.work_list(null, %s, null, 'waiting', 500, 0)"
    assert ask(settings, team.clinician, waits, None) >= [(date(2026, 7, 1),)]
    assert ask(settings, team.clinician, waits, date(2026, 5, 1)) == [(date(2026, 5, 1),)]


def test_what_was_not_said_in_time__is_presumed_and_asks_for_a_decision(
    settings: Settings, owner: psycopg.Connection, read: Read, team: Team
) -> None:
    def decisions(user: str | None) -> list[tuple[Any, ...]]:
        return read(
            user,
            "select need_text, sentence_html from marts.rpt_decision where org_unit_key = %s or need_text = 'Nothing'"
            " order by need_order",
            team.department,
        )

    def months(user: str) -> list[tuple[Any, ...]]:
        return read(
            user,
            "select waiting_count > 0, presumed_count > 0, split_part(state_text, ' ', 1)"
            " from marts.rpt_validation_month where org_unit_key = %s and month_on = %s",
            team.department,
            team.month_on,
        )

    assert months(team.director) == [(True, False, "Waits")]
    assert decisions(team.director) == [("Nothing", '<div class="cpw-fit">Nothing waits for a decision.</div>')]
    # The whole month was there three weeks and a day ago, and a dispute was raised since then.
    owner.execute(
        "insert into quality.publication (run_id, fingerprint, attempted_at, state, data_to_on)"
        " select 'long ago', '', current_timestamp - interval '22 days', 'published', max(data_to_on)"
        " from quality.publication where state = 'published'"
    )
    owner.execute(
        "with said as (insert into review.act (acted_at, acted_by, publication_id)"
        " values (current_timestamp - interval '15 days', %s, 1) returning act_id)"
        " insert into review.dispute select act_id, 'spell', 'of long ago', %s, '', 'other', null, 'said' from said",
        [team.clinician, team.post],
    )
    assert months(team.director) == [(False, True, "Presumed:")]
    disputes, unsigned = decisions(team.director)
    assert disputes[0] == "Disputes" and "1 dispute waits for longer than two weeks" in disputes[1]
    assert unsigned[0] == "Sign-off" and "months are not signed off" in unsigned[1]
    assert team.clinician not in disputes[1] and "of long ago" not in disputes[1]
    assert [need for need, _ in decisions(team.stranger)] == ["Nothing"]
    assert decisions(None) == []
    say(settings, team.lead, "sign_off", team.department, team.month_on, MARKUP, None)
    assert months(team.director) == [(False, True, "Signed")]
