"""What waits for whom: as the pages say it to each person, and as is worked out here for a dispute from end to end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import psycopg
import pytest

from orchestration.access import decision
from orchestration.notice import message, waiting
from orchestration.notice.waiting import Waiting
from orchestration.postgres import connection
from tests.installations import BuiltWarehouse, sign

Acting = Callable[[str], psycopg.Connection]
Told = Callable[..., Waiting]


@pytest.fixture(scope="module")
def acting(own_small_warehouse: BuiltWarehouse) -> Iterator[Acting]:
    """Connect as the pages do for a person."""
    opened: dict[str, psycopg.Connection] = {}
    settings = own_small_warehouse.settings

    def connect(user: str) -> psycopg.Connection:
        if user not in opened:
            options = f"-c app.username={user} -c app.signature={sign(settings, user)}"
            opened[user] = connection.connect(settings, "review", options=options, autocommit=True)
        return opened[user]

    yield connect
    for one in opened.values():
        one.close()


@pytest.fixture
def this_week(owner: psycopg.Connection) -> date:
    return waiting.this_week(owner)


@pytest.fixture
def told(owner: psycopg.Connection, this_week: date) -> Told:
    """Return what a person is told now, or would be in `weeks` from now; nothing waits for who is not told."""

    def tell(user: str, weeks: int = 0) -> Waiting:
        found = {one.user_name: one for one in waiting.read(owner, this_week + timedelta(weeks=weeks))}
        return found.get(user, Waiting(user))

    return tell


@pytest.fixture(scope="module")
def people(own_small_warehouse: BuiltWarehouse) -> dict[str, str]:
    """A clinician with records and one post, the lead of the department, the director above, and a lead elsewhere."""
    found = own_small_warehouse.query(
        """
        select s.user_name as clinician, u.org_unit_key, u.department_key, l.user_name as lead, v.user_name as director
        from access.user_scope as s
        inner join marts.dim_org_unit as u on s.org_unit_key = u.org_unit_key
        inner join access.user_scope as l on u.department_key = l.org_unit_key and l.role = 'clinical lead'
        inner join marts.dim_org_unit as d on u.department_key = d.org_unit_key
        inner join access.user_scope as v on d.parent_org_unit_key = v.org_unit_key and v.role = 'divisional director'
        where
            s.role = 'clinician' and l.user_name <> s.user_name
            and (select count(*) from access.user_scope as o where o.user_name = s.user_name) = 1
            and (select count(*) from marts.review_record as r where r.org_unit_key = s.org_unit_key) > 100
        order by s.user_name limit 1
        """
    ).iloc[0]
    elsewhere = own_small_warehouse.query(
        "select min(user_name) as lead from access.user_scope where role = 'clinical lead' and org_unit_key <> %(own)s",
        own=found["department_key"],
    )
    return {**found.to_dict(), "elsewhere": elsewhere["lead"][0]}


@contextmanager
def by_hand(owner: psycopg.Connection, statement: str, undo: str) -> Iterator[None]:
    owner.execute(statement)
    try:
        yield
    finally:
        owner.execute(undo)


def one_record(clinician: psycopg.Connection) -> tuple[str, str]:
    row = clinician.execute(
        "select record_type, record_id from review.work_list(null, null, null, 'waiting', 1, 0)"
    ).fetchone()
    assert row is not None
    return row


def dispute(clinician: psycopg.Connection, reason: str = "wrong time") -> int:
    row = clinician.execute(
        "select review.dispute(%s, %s, %s, null, 'seen in the notes', null)", [*one_record(clinician), reason]
    ).fetchone()
    assert row is not None
    return row[0]


def as_pages_say(page: psycopg.Connection, months: list[date], active: set[tuple[str, date]]) -> dict[str, object]:
    """What the review pages tell the person of a connection: the functions behind them, added up.

    A month is waited for of units that did something in it (`active`).
    """
    records = page.execute(
        "select coalesce(sum(waiting_count), 0), min(deadline_on) filter (where waiting_count > 0)"
        " from review.work_months() where not is_presumed"
    ).fetchone()
    disputes = page.execute("select count(*) from review.dispute_list('waiting') where may_decide").fetchone()
    signing = page.execute(
        "select l.deadline_on, l.month_on, l.org_unit_key from unnest(%s::date[]) as m (month_on)"
        " cross join lateral review.ladder(m.month_on) as l where l.may_sign and l.state = 'waiting'",
        [months],
    ).fetchall()
    assert records is not None and disputes is not None
    due = {(deadline, month) for deadline, month, unit in signing if (unit, month) in active}
    return {
        "record_count": int(records[0]),
        "record_deadline_on": records[1],
        "dispute_count": disputes[0],
        "sign_offs": [(month, deadline) for deadline, month in sorted(due)],
    }


def test_each_persona__is_told_what_their_pages_say(
    owner: psycopg.Connection, acting: Acting, people: dict[str, str], this_week: date
) -> None:
    """After a dispute, a confirmation, a sign-off and a delegation, so that there is something to differ in."""
    clinician, lead = acting(people["clinician"]), acting(people["lead"])
    dispute(clinician, "other")
    clinician.execute("select review.confirm(%s, %s)", one_record(clinician))
    clinician.execute("select review.sign_off(%s, date '2026-03-01', '', null)", [people["org_unit_key"]])
    (today,) = owner.execute("select access.today()").fetchone()
    lead.execute(
        "select review.delegate(%s, %s, %s, %s, 'leave')",
        [people["department_key"], people["elsewhere"], today, today],
    )
    one_of_each = owner.execute(
        "select min(user_name) from access.user_scope where state = 'in force' group by role"
    ).fetchall()
    users = {user for (user,) in one_of_each} | {people[who] for who in ("clinician", "lead", "director", "elsewhere")}
    assert len(users) > 6
    active = set(
        owner.execute("select distinct org_unit_key, month_on from marts.performance where record_count > 0").fetchall()
    )
    months = sorted({month for _, month in active})
    found = {one.user_name: one for one in waiting.read(owner, this_week)}
    told = {user: found.get(user, Waiting(user)) for user in users}
    assert told[people["elsewhere"]].dispute_count == told[people["lead"]].dispute_count == 1
    for user, one in told.items():
        assert {
            "record_count": one.record_count,
            "record_deadline_on": one.record_deadline_on,
            "dispute_count": one.dispute_count,
            "sign_offs": list(zip(one.sign_months_on, one.sign_deadlines_on, strict=True)),
        } == as_pages_say(acting(user), months, active), user


def test_dispute__waits_for_lead_and_director_until_it_is_decided(
    acting: Acting, told: Told, people: dict[str, str]
) -> None:
    clinician, lead, director, elsewhere = (people[who] for who in ("clinician", "lead", "director", "elsewhere"))
    before = {user: told(user) for user in (clinician, lead, director, elsewhere)}
    number = dispute(acting(clinician))
    assert told(clinician).record_count == before[clinician].record_count - 1
    assert told(clinician).dispute_count == before[clinician].dispute_count
    assert told(lead).dispute_count == before[lead].dispute_count + 1
    assert told(director).dispute_count == before[director].dispute_count + 1
    acting(lead).execute("select review.decide(%s, 'reject', null, 'as the notes say')", [number])
    assert told(lead).dispute_count == before[lead].dispute_count
    # Told in the week after the decision, and in no other.
    assert [told(clinician, weeks).decided_count for weeks in (0, 1, 2)] == [0, 1, 0]
    assert told(lead, 1).decided_count == 0


def test_confirmed_month__waits_no_more(acting: Acting, told: Told, people: dict[str, str]) -> None:
    user, unit = people["clinician"], people["org_unit_key"]
    before = told(user).record_count
    month, count = (
        acting(user)
        .execute("select month_on, waiting_count from review.work_months() where waiting_count > 1 limit 1")
        .fetchone()
    )
    acting(user).execute("select review.confirm_all(%s, %s, null, %s)", [unit, month, count])
    assert told(user).record_count == before - count


def test_month__is_signed_off_once(acting: Acting, told: Told, people: dict[str, str]) -> None:
    lead, unit = people["lead"], people["department_key"]
    months = list(told(lead).sign_months_on)
    acting(lead).execute("select review.sign_off(%s, date '2026-08-01', 'seen', null)", [unit])
    # Of history nobody is asked.
    assert months == [date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)]
    assert list(told(lead).sign_months_on) == [date(2026, 7, 1), date(2026, 9, 1)]


def test_deadline__is_two_weeks_after_the_month_was_published_and_a_week_more_for_each_level(
    owner: psycopg.Connection, told: Told, people: dict[str, str]
) -> None:
    (published,) = owner.execute(
        "select (attempted_at at time zone 'Europe/London')::date from quality.publication where state = 'published'"
    ).fetchone()
    for who, days in (("clinician", 14), ("lead", 21), ("director", 28)):
        assert set(told(people[who]).sign_deadlines_on) == {published + timedelta(days=days)}


def test_objective__is_told_to_owner_and_lead_four_weeks_before(
    owner: psycopg.Connection, acting: Acting, told: Told, people: dict[str, str], this_week: date
) -> None:
    clinician, lead = people["clinician"], people["lead"]
    (measure,) = owner.execute(
        "select min(measure_id) from marts.performance where org_unit_key = %s", [people["org_unit_key"]]
    ).fetchone()
    due = this_week + timedelta(weeks=7)
    (number,) = (
        acting(lead)
        .execute(
            "select review.propose_objective(%s, %s, 0.5, %s, %s, 'fewer')",
            [people["org_unit_key"], measure, due, clinician],
        )
        .fetchone()
    )
    for user in (clinician, lead):
        assert [told(user, weeks).objective_count for weeks in (3, 4)] == [0, 1]
    assert told(people["director"], 4).objective_count == 0
    acting(clinician).execute("select review.answer_objective(%s, 'agree', '', null, %s)", [number, number])
    (last,) = acting(lead).execute("select last_act_id from review.objective_list()").fetchone()
    acting(lead).execute(
        "select review.answer_objective(%s, 'carry', 'illness', %s, %s)", [number, due + timedelta(weeks=2), last]
    )
    assert [told(clinician, weeks).objective_count for weeks in (5, 6)] == [0, 1]
    (last,) = acting(lead).execute("select last_act_id from review.objective_list()").fetchone()
    acting(lead).execute("select review.answer_objective(%s, 'met', 'it is', null, %s)", [number, last])
    assert told(clinician, 9).objective_count == told(lead, 9).objective_count == 0


def test_measure_that_asks_for_a_look__is_told_to_who_holds_the_unit(
    owner: psycopg.Connection, told: Told, people: dict[str, str]
) -> None:
    """Two of the measures of a department are made to ask, and one of readers outside, who are told nothing."""
    unit = people["department_key"]
    (first, second) = [
        measure
        for (measure,) in owner.execute(
            "select measure_id from marts.rpt_measure_summary where audience = 'inside' and org_unit_key = %s"
            " and state not like 'look%%' order by measure_id limit 2",
            [unit],
        )
    ]
    before = {who: told(people[who]).look_count for who in ("clinician", "lead", "director", "elsewhere")}
    change = (
        "update marts.rpt_measure_summary set state = %s"
        " where org_unit_key = %s and measure_id = %s and (audience = %s or %s)"
    )
    owner.execute(change, ["look: higher than expected", unit, first, "inside", False])
    owner.execute(change, ["look: lower than expected", unit, second, None, True])
    after = {who: told(people[who]).look_count for who in before}
    owner.execute(change, ["too few to say", unit, first, None, True])
    owner.execute(change, ["too few to say", unit, second, None, True])
    assert after == {**before, "lead": before["lead"] + 2}


def test_held_feed__is_told_to_leads_and_auditors_alone(
    owner: psycopg.Connection, told: Told, people: dict[str, str]
) -> None:
    (auditor,) = owner.execute("select min(user_name) from access.user_scope where role = 'auditor'").fetchone()
    assert told(auditor) == Waiting(auditor)
    hold = (
        "insert into raw.delivery (source_name, table_name, file_name, file_digest, contract_digest, delivery_kind,"
        " state, reason, received_count, held_count) values ('pas', '{}', 'held by a test', '{}', '', 'full', 'held',"
        " 'a test', 1, 1)"
    )
    undo = "delete from raw.delivery where file_name = 'held by a test'"
    both = f"{hold.format('patient', 1)}; {hold.format('patient', 2)}; {hold.format('consultant_episode', 3)}"
    with by_hand(owner, both, undo):
        counts = {who: told(people[who]).held_count for who in ("clinician", "lead", "director")}
        assert counts == {"clinician": 0, "lead": 2, "director": 0}
        assert message.lines(told(auditor)) == ["2 feeds are held until somebody decides"]


def test_suspended__is_told_nothing(owner: psycopg.Connection, told: Told, people: dict[str, str]) -> None:
    user = people["clinician"]
    assert told(user) != Waiting(user)
    decision.suspend(owner, user, by="a test", reason="a test")
    try:
        assert told(user) == Waiting(user)
    finally:
        decision.restore(owner, user, by="a test", reason="the test is over")


def test_warehouse_without_a_publication__waits_for_nobody(owner: psycopg.Connection, this_week: date) -> None:
    with by_hand(owner, "alter schema marts rename to marts_away", "alter schema marts_away rename to marts"):
        assert waiting.read(owner, this_week) == []
