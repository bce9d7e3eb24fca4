"""Append-only tables: sealed row by row, refused to be changed; and each way of tampering as superuser is seen."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest

from expectations import chain, results
from expectations.results import CheckResult, GateResult
from expectations.rules import Rule
from orchestration import foundation
from orchestration.audit import noted, verify
from orchestration.postgres import connection
from orchestration.settings import Settings
from tests.installations import run_cpw
from tests.integration.audit.by_hand import publish_by_hand

RULES = [
    Rule(
        f"rule_{n}",
        "raw",
        "pas__patient",
        None,
        "rows",
        {},
        "validity",
        "warning",
        "Somebody",
        f"Nº {n} holds.",
        "Ask.",
    )
    for n in range(5)
]


@pytest.fixture(scope="module")
def settings(new_installation: Callable[[], Settings]) -> Settings:
    made = new_installation()
    foundation.lay(made)
    return made


@pytest.fixture
def owner(settings: Settings) -> Iterator[psycopg.Connection]:
    """Give two chains of a few rows; what a test does to them is undone."""
    with connection.connect(settings) as opened:
        append(opened)
        yield opened
        opened.rollback()


@pytest.fixture
def superuser(settings: Settings) -> Iterator[psycopg.Connection]:
    """Give the same rows to somebody whom no trigger stops."""
    with connection.open_url(connection.administrator_dsn(settings)) as opened:
        append(opened)
        opened.execute("set local session_replication_role = replica")
        yield opened
        opened.rollback()


def append(opened: psycopg.Connection) -> None:
    """Write the answers of two runs and their publications, in a transaction that stays open."""
    opened.execute("select 1")
    for run_id in ("first", "second"):
        results.store(opened, GateResult("raw", run_id, tuple(CheckResult(rule, True, False, "") for rule in RULES)))
        publish_by_hand(opened, run_id)


def test_seal__is_the_hash_of_all_that_a_row_says_and_of_the_row_before_it(owner: psycopg.Connection) -> None:
    """Recomputed in Python from the row as JSON, whose keys Postgres orders by length, then by letters."""
    rows = [row[0] for row in owner.execute("select to_jsonb(c) from quality.check_result as c order by chain_number")]
    before = "0" * 64
    for number, row in enumerate(rows, start=1):
        sealed = row.pop("row_hash")
        said = {key: row[key] for key in sorted(row, key=lambda key: (len(key), key)) if row[key] is not None}
        text = json.dumps(said, ensure_ascii=False)
        assert (row["chain_number"], row["previous_hash"]) == (number, before)
        assert hashlib.sha256(text.encode()).hexdigest() == sealed
        before = sealed
    assert len(rows) == 10


def test_seal__is_the_same_whatever_the_session_is_set_to(settings: Settings, owner: psycopg.Connection) -> None:
    owner.execute("set local timezone = 'Asia/Kolkata'")
    publish_by_hand(owner, "elsewhere")
    assert all(one.is_whole for one in verify.walk(owner).values())


@pytest.mark.parametrize("table", chain.TABLES)
@pytest.mark.parametrize(
    "statement",
    ["update quality.{} set run_id = 'x'", "delete from quality.{}", "truncate quality.{}"],
    ids=["update", "delete", "truncate"],
)
@pytest.mark.parametrize("role", ["owner", "analyst", "administrator"])
def test_tables__take_no_change_from_anybody(settings: Settings, role: str, statement: str, table: str) -> None:
    url = connection.administrator_dsn(settings) if role == "administrator" else connection.dsn(settings, role)
    with connection.open_url(url) as opened:
        if role == "administrator":
            append(opened)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            opened.execute(statement.format(table))
        opened.rollback()


def test_walk__of_what_nobody_touched_is_whole(owner: psycopg.Connection) -> None:
    found = verify.walk(owner)
    assert {table: (one.row_count, one.is_whole) for table, one in found.items()} == {
        "check_result": (10, True),
        "publication": (2, True),
    }
    assert {table: one.head for table, one in found.items()} == verify.heads(owner, "second")


TAMPERING = {
    "a failure made a success": (
        "update quality.check_result set owner = 'Nobody' where chain_number = 4",
        4,
        "what it says was changed after it was written",
    ),
    "one removed": ("delete from quality.check_result where chain_number = 4", 5, "1 row was before it removed"),
    "three removed": (
        "delete from quality.check_result where chain_number between 4 and 6",
        7,
        "3 rows were before it removed",
    ),
    "the first removed": ("delete from quality.check_result where chain_number = 1", 2, "1 row was before it removed"),
    "one removed and the gap closed": (
        "delete from quality.check_result where chain_number = 4;"
        " update quality.check_result set chain_number = chain_number - 1 where chain_number > 4",
        4,
        "what it says was changed after it was written",
    ),
    "two swapped": (
        "update quality.check_result set chain_number = -1 where chain_number = 4;"
        " update quality.check_result set chain_number = 4 where chain_number = 5;"
        " update quality.check_result set chain_number = 5 where chain_number = -1",
        4,
        "what it says was changed after it was written",
    ),
    "one changed and sealed anew": (
        "update quality.check_result set owner = 'Nobody' where chain_number = 4;"
        " update quality.check_result as c set row_hash = quality.row_hash(to_jsonb(c)) where chain_number = 4",
        5,
        "it does not follow the row before it: one of the two was put in or changed",
    ),
    "one put in": (
        "create temporary table copied as select * from quality.check_result where chain_number = 4;"
        " update copied set previous_hash = row_hash, check_result_id = 99, run_id = 'never', chain_number = 5;"
        " update copied as c set row_hash = quality.row_hash(to_jsonb(c));"
        " alter table quality.check_result drop constraint check_result_chain_number_key,"
        " drop constraint check_result_previous_hash_key;"
        " insert into quality.check_result overriding system value select * from copied",
        5,
        "it does not follow the row before it",
    ),
}


@pytest.mark.parametrize(("statements", "place", "said"), TAMPERING.values(), ids=list(TAMPERING))
def test_walk__finds_the_first_row_at_which_somebody_tampered(
    superuser: psycopg.Connection, statements: str, place: int, said: str
) -> None:
    superuser.execute(statements)
    found = verify.walk(superuser)["check_result"]
    broken = superuser.execute(
        "select min(chain_number) from quality.check_result where check_result_id = %s", [found.broken_id]
    ).fetchone()
    assert found.fault_count and not found.is_whole
    assert broken == (place,)
    assert found.fault is not None and found.fault.startswith(said)


@pytest.mark.parametrize("statement", ["delete from quality.{} where chain_number > 1", "delete from quality.{}"])
@pytest.mark.parametrize("table", chain.TABLES)
def test_find__sees_by_a_head_noted_earlier_that_the_last_rows_are_gone(
    superuser: psycopg.Connection, table: str, statement: str
) -> None:
    head = verify.heads(superuser, "second")[table]
    assert f"of {table}, " in verify.find(superuser, [head])[head]
    superuser.execute(statement.format(table))
    assert verify.walk(superuser)[table].is_whole
    assert verify.find(superuser, [head]) == {}


@pytest.mark.parametrize("trigger", ["seal_row", "refuse_change", "refuse_truncate"])
def test_walk__sees_that_a_guard_was_switched_off(owner: psycopg.Connection, trigger: str) -> None:
    owner.execute(f"alter table quality.publication disable trigger {trigger}")
    found = verify.walk(owner)
    assert (found["publication"].is_whole, found["check_result"].is_whole) == (False, True)
    assert "switched off" in verify.draw(found)


def test_make__seals_rows_that_are_there_in_their_order_and_a_column_may_be_added(owner: psycopg.Connection) -> None:
    with owner.transaction(force_rollback=True):
        owner.execute(
            "create table quality.former (id bigint primary key, said text);"
            " insert into quality.former values (2, 'b'), (1, 'a'), (3, null)"
        )
        chain.make(owner, "former", "id")
        chain.make(owner, "former", "id")
        owner.execute("alter table quality.former add column more text")
        owner.execute("insert into quality.former (id, said, more) values (4, 'd', 'e')")
        sealed = owner.execute(
            "select id, row_hash = quality.row_hash(to_jsonb(f)) from quality.former as f order by chain_number"
        ).fetchall()
    assert sealed == [(1, True), (2, True), (3, True), (4, True)]


def test_appenders__at_once_make_one_chain(new_installation: Callable[[], Settings]) -> None:
    settings = new_installation()
    foundation.lay(settings)
    together = threading.Barrier(4)

    def write(name: str) -> None:
        with connection.connect(settings, autocommit=True) as opened:
            together.wait()
            for _ in range(10):
                publish_by_hand(opened, name)

    writers = [threading.Thread(target=write, args=(f"writer {n}",)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with connection.connect(settings) as opened:
        found = verify.walk(opened)["publication"]
    assert (found.row_count, found.is_whole) == (40, True)


def test_command__says_ok_until_a_row_is_tampered_with(new_installation: Callable[[], Settings]) -> None:
    settings = new_installation()
    foundation.lay(settings)
    with connection.connect(settings) as opened:
        results.store(opened, GateResult("raw", "run", tuple(CheckResult(rule, True, False, "") for rule in RULES)))
        heads = verify.heads(opened, "run")
    noted.add(settings.audit, "run", heads)
    noted.add(settings.audit, "run", heads)
    assert [head.row_hash for head in noted.read(settings.audit)] == list(heads.values())
    good = run_cpw(settings, "audit", "verify", "--head", heads["check_result"])
    assert good.returncode == 0, good.stderr
    assert "check_result: OK" in good.stdout and "publication: no rows yet" in good.stdout
    assert "row 5 of check_result" in good.stdout and "1 of the 1 heads" in good.stdout
    wrong = run_cpw(settings, "audit", "verify", "--head", "0" * 64)
    assert wrong.returncode == 1 and "no chain holds the head 000" in wrong.stderr
    with connection.open_url(connection.administrator_dsn(settings)) as superuser:
        superuser.execute("set local session_replication_role = replica")
        superuser.execute("update quality.check_result set is_success = false where rule_id = 'rule_2'")
        superuser.execute("delete from quality.check_result where rule_id = 'rule_4'")
    bad = run_cpw(settings, "audit", "verify")
    assert bad.returncode == 1 and "Traceback" not in bad.stderr
    assert "check_result: NOT OK" in bad.stdout and "first fault  row 3: what it says was changed" in bad.stdout
    assert "check_result is not as it was written" in bad.stderr
    assert "rows were removed" in bad.stderr


def test_command__before_any_result_says_what_to_do(new_installation: Callable[[], Settings]) -> None:
    settings = new_installation()
    foundation.roles.prepare(settings)
    for command in (["audit", "verify"], ["audit", "export"]):
        found = run_cpw(settings, *command)
        assert (found.returncode, found.stdout) == (1, "")
        assert found.stderr.startswith("cpw: No results are kept yet: run `cpw run")
