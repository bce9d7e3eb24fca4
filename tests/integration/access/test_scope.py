"""A scope shows its units on its days and on no other, whoever granted it, and nothing of who is suspended."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import psycopg
import pytest

from orchestration.access import decision
from orchestration.access.decision import AccessError
from orchestration.postgres import connection
from orchestration.publication import people as list_of_people
from tests.installations import BuiltWarehouse, as_reader

UNIT = "department:D110"
Seen = Callable[[str | None], set[str]]
Grant = Callable[..., str]
WHO = {"by": "a test", "reason": "a test"}
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def today(owner: psycopg.Connection) -> date:
    return owner.execute("select access.today()").fetchone()[0]


def insert(owner: psycopg.Connection, user: str, first: date, last: date | None, role: str = "clinical lead") -> None:
    """Decide what no command would: a scope of days that are past."""
    owner.execute(
        "insert into access.decision (kind, user_name, person_name, org_unit_key, role, valid_from_on, valid_to_on,"
        " decided_by, reason) values ('grant', %s, %s, %s, %s, %s, %s, 'a test', 'a test')",
        [user, user, UNIT, role, first, last],
    )


@contextmanager
def feed_says(owner: psycopg.Connection, user: str, column: str, day: date) -> Iterator[None]:
    """Have the standing publication say another day of a person's scopes for a while."""
    query = f"select org_unit_key, {column} from marts.person_scope where user_name = %s"
    held = owner.execute(query, [user]).fetchall()
    owner.execute(f"update marts.person_scope set {column} = %s where user_name = %s", [day, user])
    yield
    for unit, was in held:
        owner.execute(
            f"update marts.person_scope set {column} = %s where user_name = %s and org_unit_key = %s", [was, user, unit]
        )


def states(owner: psycopg.Connection, user: str) -> list[str]:
    rows = owner.execute("select state from access.user_scope where user_name = %s order by scope_id", [user])
    return [row[0] for row in rows.fetchall()]


def test_every_person_of_the_feed__reads_what_the_publication_grants(owner: psycopg.Connection) -> None:
    differing = owner.execute(
        """
        select coalesce(reach.user_name, access_grant.user_name)
        from (
            select person.user_name, reach.* from marts.person as person
            cross join lateral access.reach_of(person.user_name) as reach
        ) as reach
        full outer join marts.access_grant as access_grant using (user_name, org_unit_key, audience)
        where reach.user_name is null or access_grant.user_name is null
        """
    ).fetchall()
    assert differing == []
    assert owner.execute("select count(*) > 50 from marts.access_grant").fetchone() == (True,)


def test_granted_by_hand__is_seen_at_once(seen: Seen, grant: Grant) -> None:
    assert seen("visitor.lead") == set()
    grant("visitor.lead", "D110", "clinical lead")
    assert UNIT in seen("visitor.lead")
    assert any(unit.startswith("post:") for unit in seen("visitor.lead"))


def test_ended_by_hand__is_seen_no_more(owner: psycopg.Connection, seen: Seen, grant: Grant) -> None:
    number = grant("visitor.ended", UNIT, "clinical lead")
    assert seen("visitor.ended")
    decision.end(owner, int(number), **WHO)
    assert seen("visitor.ended") == set()
    assert states(owner, "visitor.ended") == ["ended"]


def test_days_of_a_scope__begin_and_end_it_by_themselves(owner: psycopg.Connection, seen: Seen, today: date) -> None:
    insert(owner, "visitor.expired", today - 9 * DAY, today - DAY)
    insert(owner, "visitor.last_day", today - 9 * DAY, today)
    insert(owner, "visitor.first_day", today, None)
    insert(owner, "visitor.tomorrow", today + DAY, None)
    assert seen("visitor.expired") == seen("visitor.tomorrow") == set()
    assert UNIT in seen("visitor.last_day") and UNIT in seen("visitor.first_day")
    assert states(owner, "visitor.expired") == ["expired"]
    assert states(owner, "visitor.tomorrow") == ["to come"]


@pytest.mark.parametrize(("column", "days"), [("valid_to_on", -1), ("valid_from_on", 1)])
def test_days_of_the_feed__take_effect_without_a_publication(
    owner: psycopg.Connection, seen: Seen, people: dict[str, str], today: date, column: str, days: int
) -> None:
    user = people["department"]
    before = seen(user)
    with feed_says(owner, user, column, today + days * DAY):
        assert seen(user) == set()
    assert seen(user) == before != set()


def test_suspended__sees_nothing_whatever_the_feed_says(
    owner: psycopg.Connection, seen: Seen, grant: Grant, people: dict[str, str]
) -> None:
    user = people["clinician"]
    before = seen(user)
    grant(user, UNIT, "clinical lead")
    decision.suspend(owner, user, **WHO)
    try:
        assert seen(user) == set()
        assert user not in {person.user_name for person in list_of_people.load(owner)}
        with pytest.raises(AccessError, match="suspended already"):
            decision.suspend(owner, user, **WHO)
    finally:
        decision.restore(owner, user, **WHO)
    assert before < seen(user)
    with pytest.raises(AccessError, match="not suspended"):
        decision.restore(owner, user, **WHO)


def test_who_is_not_in_the_feed__can_log_in_at_the_level_granted(owner: psycopg.Connection, grant: Grant) -> None:
    grant("visitor.person", UNIT, "clinical lead")
    grant("visitor.person", "trust:RZZ", "auditor")
    found = {person.user_name: person for person in list_of_people.load(owner)}["visitor.person"]
    assert (found.person_name, found.leadership_level) == ("Name of visitor.person", "department")
    assert sorted(found.levels) == ["auditor", "department"]


def test_feed__opens_the_pages_of_one_level_and_a_hand_those_of_its_own(
    owner: psycopg.Connection, grant: Grant, people: dict[str, str]
) -> None:
    grant(people["clinician"], UNIT, "clinical lead")
    found = {person.user_name: person for person in list_of_people.load(owner)}
    assert sorted(found[people["clinician"]].levels) == ["clinician", "department"]
    assert list(found[people["executive"]].levels) == ["executive"]


ROLES = {
    "clinical lead": (UNIT, {"department", "post", "unattributed"}),
    "divisional director": ("division:SUR", {"division", "department"}),
    "executive": ("trust:RZZ", {"trust", "division", "department"}),
    "analyst": ("trust:RZZ", {"trust", "division", "department"}),
    "auditor": ("trust:RZZ", set()),
    "coder": (UNIT, set()),
}


@pytest.mark.parametrize("role", ROLES)
def test_role__reaches_what_it_needs(seen: Seen, grant: Grant, role: str) -> None:
    unit, levels = ROLES[role]
    grant("visitor.role", unit, role)
    assert {key.split(":")[0] for key in seen("visitor.role")} - {"division_now"} == levels


def test_analyst__reads_no_name_and_no_record(small_warehouse: BuiltWarehouse, grant: Grant) -> None:
    for number, unit in enumerate(("trust:RZZ", "division:SUR", UNIT)):
        grant(f"visitor.analyst{number}", unit, "analyst")
        with as_reader(small_warehouse.settings, f"visitor.analyst{number}") as reader:
            assert reader.execute("select count(*) from marts.measure_record").fetchone() == (0,)
            levels = reader.execute("select distinct org_unit_level from marts.rpt_unit").fetchall()
        assert levels and ("clinician",) not in levels


def test_executive__reads_records_for_a_reason_and_for_days_only(
    small_warehouse: BuiltWarehouse, owner: psycopg.Connection, grant: Grant, people: dict[str, str], today: date
) -> None:
    def records() -> set[str]:
        with as_reader(small_warehouse.settings, people["executive"]) as reader:
            return {row[0] for row in reader.execute("select distinct org_unit_key from marts.measure_record")}

    for last in (None, today + 8 * DAY):
        with pytest.raises(AccessError, match=f"give --to, {today + 7 * DAY} at the latest"):
            grant(people["executive"], UNIT, "executive", valid_to_on=last)
        with pytest.raises(psycopg.errors.CheckViolation):
            insert(owner, "visitor.for_good", today, last, "executive with a reason")
    assert records() == set()
    number = grant(people["executive"], UNIT, "executive", valid_to_on=today + 7 * DAY)
    assert records() and {key.split(":")[0] for key in records()} <= {"post", "unattributed"}
    decision.end(owner, int(number), **WHO)
    assert records() == set()


def test_feed__makes_no_executive_of_a_department(
    owner: psycopg.Connection, seen: Seen, people: dict[str, str]
) -> None:
    """What is opened for a reason by hand is not opened by a wrong row of the feed."""
    user = people["executive"]
    owner.execute("update marts.person_scope set org_unit_key = %s where user_name = %s", [UNIT, user])
    try:
        assert seen(user) == set()
    finally:
        owner.execute("update marts.person_scope set org_unit_key = 'trust:RZZ' where user_name = %s", [user])
    assert "trust:RZZ" in seen(user)


def test_decisions__are_only_added_to(small_warehouse: BuiltWarehouse) -> None:
    with connection.connect(small_warehouse.settings) as owner:
        owner.execute("grant update, delete, truncate on access.decision to current_user")
        for statement in (
            "update access.decision set reason = ''",
            "delete from access.decision",
            "truncate access.decision",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only ever added to"), owner.transaction():
                owner.execute(statement)
        owner.rollback()
