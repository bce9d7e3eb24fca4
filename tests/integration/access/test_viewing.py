"""Who saw what is kept as it was written, and told to those whose figures they were."""

from collections.abc import Callable, Sequence

import psycopg
import pytest

from orchestration.access import decision
from orchestration.postgres import connection
from tests.installations import BuiltWarehouse, as_reader

Record = Callable[..., None]
Told = Callable[[str | None], list[tuple]]
Grant = Callable[..., str]
DEPARTMENT, POST_LABEL = "department:D110", "select unit_label from marts.rpt_unit where org_unit_key = %s"


@pytest.fixture(scope="module")
def record(small_warehouse: BuiltWarehouse) -> Record:
    """Tell the database, with the server's own login, that somebody saw something."""

    def tell(
        viewer: str,
        page: str,
        *,
        basis: str = "rows",
        keys: Sequence[str] = (),
        labels: Sequence[str] = (),
        action: str = "shown",
        is_cached: bool = False,
    ) -> None:
        with connection.connect(small_warehouse.settings, "viewing", autocommit=True) as server:
            server.execute(
                "select access.record_viewing(%s, %s, 'A chart', 'rpt_trend', %s, %s, %s, %s, %s)",
                [viewer, page, action, is_cached, basis, list(keys), list(labels)],
            )

    return tell


@pytest.fixture(scope="module")
def told(small_warehouse: BuiltWarehouse) -> Told:
    """Return what a person is told of who looked: viewer, unit, page, times, downloaded."""

    def rows(user: str | None) -> list[tuple]:
        with as_reader(small_warehouse.settings, user) as reader:
            return reader.execute(
                "select viewer_label, org_unit_key, page_label, answer_count, downloaded_text from marts.rpt_viewing"
            ).fetchall()

    return rows


def kept(owner: psycopg.Connection, page: str) -> tuple:
    return owner.execute(
        "select user_name, person_name, role, org_unit_keys, basis, action, is_cached, recorded_by,"
        " viewed_at between clock_timestamp() - interval '1 minute' and clock_timestamp()"
        " from access.viewing where page = %s order by viewing_id desc limit 1",
        [page],
    ).fetchone()


@pytest.fixture(scope="module")
def post(owner: psycopg.Connection, people: dict[str, str]) -> str:
    """Return the post of the clinician."""
    return owner.execute(
        "select org_unit_key from access.user_scope where user_name = %s and scope_id is null", [people["clinician"]]
    ).fetchone()[0]


def test_units__are_those_of_the_rows_by_key_or_label(
    owner: psycopg.Connection, record: Record, people: dict[str, str], post: str
) -> None:
    label = owner.execute(POST_LABEL, [post]).fetchone()[0]
    record(people["department"], "By label", labels=[label], keys=[DEPARTMENT], is_cached=True)
    user, name, role, units, basis, action, is_cached, login, is_now = kept(owner, "By label")
    assert (user, role, basis, action) == (people["department"], "clinical lead", "rows", "shown")
    assert name and sorted(units) == sorted([DEPARTMENT, post])
    assert is_cached and is_now and login == "cpw_viewing"


@pytest.mark.parametrize("labels", [[], ["No such unit"]])
def test_units_that_nobody_can_tell__are_all_that_were_granted(
    owner: psycopg.Connection, record: Record, people: dict[str, str], labels: list[str]
) -> None:
    record(people["executive"], f"Not known {labels}", basis="filter" if labels else "all granted", labels=labels)
    units, basis = kept(owner, f"Not known {labels}")[3:5]
    granted = owner.execute(
        "select array_agg(org_unit_key order by org_unit_key) from marts.access_grant where user_name = %s",
        [people["executive"]],
    ).fetchone()[0]
    assert (sorted(units), basis) == (sorted(granted), "all granted")


def test_clinician__is_told_who_looked_and_nobody_else_is(
    owner: psycopg.Connection, record: Record, told: Told, people: dict[str, str], post: str, grant: Grant
) -> None:
    page = "Of a post"
    record(people["executive"], page, keys=[post])
    record(people["executive"], page, keys=[post], action="downloaded as CSV")
    record(people["executive"], page, keys=[post], action="filter values")
    record(people["clinician"], page, keys=[post])
    name = owner.execute("select person_name from marts.person where user_name = %s", [people["executive"]]).fetchone()[
        0
    ]
    mine = [row for row in told(people["clinician"]) if row[2] == page]
    # The own look and a list of names are not counted.
    assert mine == [(f"{name}, executive", post, page, 2, "Yes")]
    other = owner.execute(
        "select min(user_name) from marts.person where leadership_level = 'clinician' and user_name <> %s",
        [people["clinician"]],
    ).fetchone()[0]
    for user in (other, people["department"], people["division"], people["executive"], None):
        assert not [row for row in told(user) if row[2] == page], user
    # An auditor is told of all, the viewer's own look too, and of no figure.
    assert sorted(row[3] for row in told(people["auditor"]) if row[2] == page) == [1, 2]


def test_lead__is_told_of_the_department_and_not_of_its_clinicians(
    record: Record, told: Told, people: dict[str, str], post: str, grant: Grant
) -> None:
    grant("visitor.led", DEPARTMENT, "clinical lead")
    record(people["executive"], "Of a department", keys=[DEPARTMENT, post])
    assert [row[1] for row in told("visitor.led") if row[2] == "Of a department"] == [DEPARTMENT]


def test_nobody_looked__is_said(told: Told, people: dict[str, str], grant: Grant) -> None:
    assert [row[0] for row in told(people["division"])] == ["Nobody else in the last 92 days"]
    assert told(None) == []


def test_viewings__are_only_added_to(small_warehouse: BuiltWarehouse, record: Record, people: dict[str, str]) -> None:
    record(people["division"], "Kept", basis="no unit")
    with connection.connect(small_warehouse.settings) as owner:
        # Not even by accident, when the owner gave itself the right again.
        owner.execute("grant update, delete, truncate on access.viewing to current_user")
        for statement in (
            "update access.viewing set page = ''",
            "delete from access.viewing",
            "truncate access.viewing",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only ever added to"), owner.transaction():
                owner.execute(statement)
        owner.rollback()


def test_unit_as_it_stands_now__is_looked_at_with_the_unit_of_then(
    owner: psycopg.Connection, record: Record, people: dict[str, str]
) -> None:
    now, then, label = owner.execute(
        "select org_unit_key, then_org_unit_key, unit_label from marts.rpt_unit where org_unit_key <> then_org_unit_key"
        " order by 1 limit 1"
    ).fetchone()
    for page, named in (("Now by key", {"keys": [now]}), ("Now by label", {"labels": [label]})):
        record(people["executive"], page, **named)
        assert set(kept(owner, page)[3]) == {now, then}


def test_login_of_the_server__can_do_nothing_but_record(small_warehouse: BuiltWarehouse) -> None:
    for statement in (
        "select * from access.viewing",
        "insert into access.viewing (user_name) values ('x')",
        "select * from marts.performance",
        "select access.visible_org_unit_key()",
        "delete from access.viewing",
        "create temporary table mine (x int)",
    ):
        with (
            connection.connect(small_warehouse.settings, "viewing", autocommit=True) as server,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            server.execute(statement)


@pytest.mark.parametrize("change", ["end", "suspend", "move", "nothing"])
def test_standing__changes_with_what_a_person_may_see(
    small_warehouse: BuiltWarehouse, owner: psycopg.Connection, grant: Grant, change: str
) -> None:
    user, who = f"visitor.standing.{change}", {"by": "a test", "reason": "a test"}
    number = int(grant(user, DEPARTMENT, "clinical lead"))

    def standing() -> str:
        with connection.connect(small_warehouse.settings, "viewing", autocommit=True) as server:
            return server.execute("select access.standing(%s)", [user]).fetchone()[0]

    before = standing()
    if change == "suspend":
        decision.suspend(owner, user, **who)
    if change in {"end", "move"}:
        decision.end(owner, number, **who)
    if change == "move":
        grant(user, "department:D100", "clinical lead")
    assert (standing() == before) == (change == "nothing")
