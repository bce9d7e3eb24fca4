"""Nothing is visible unless granted: asked of every table that the catalogue knows, not of a list."""

import re

import psycopg
import pytest

from orchestration import transform
from orchestration.postgres import connection
from orchestration.publication import served
from tests.installations import BuiltWarehouse, as_reader, sign

IDENTIFIERS = re.compile(r"nhs_?number|local_patient|postcode|birth|forename|surname|address|patient_name")
_RELATIONS = """
select n.nspname, c.relname
from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
where c.relkind in ('r', 'v', 'm', 'p', 'f') and n.nspname !~ '^(pg_|information_schema)'
"""


@pytest.fixture(scope="module")
def served_tables(owner: psycopg.Connection) -> set[str]:
    return {name for schema, name in owner.execute(_RELATIONS).fetchall() if schema == "marts"}


@pytest.fixture(scope="module")
def for_everyone(small_warehouse: BuiltWarehouse) -> set[str]:
    models = served.load(transform.manifest(small_warehouse.settings))
    return {model.name for model in models if model.access == "everyone"}


@pytest.mark.parametrize("who", ["nobody", "forged", "unknown", "suspended"])
def test_served_table__shows_no_row_to_who_has_no_scope(
    small_warehouse: BuiltWarehouse, served_tables: set[str], for_everyone: set[str], people: dict[str, str], who: str
) -> None:
    assert len(served_tables) > 40
    user, signature = {
        "nobody": (None, None),
        "forged": (people["executive"], sign(small_warehouse.settings, people["clinician"])),
        "unknown": ("somebody.else", None),
        "suspended": ("visitor.suspended", None),
    }[who]
    if who == "suspended":
        small_warehouse.cpw(
            "access", "grant", user, "D110", "clinical lead", "--name", "S", "--by", "t", "--reason", "t"
        )
        assert small_warehouse.cpw("access", "suspend", user, "--by", "t", "--reason", "t").returncode == 0
    shown = set()
    with as_reader(small_warehouse.settings, user, signature) as reader:
        for table in sorted(served_tables):
            try:
                if reader.execute(f'select 1 from marts."{table}" limit 1').fetchone():
                    shown.add(table)
            except psycopg.errors.InsufficientPrivilege:
                continue
    assert shown <= for_everyone


def test_reader__may_read_the_served_schema_and_nothing_else(owner: psycopg.Connection) -> None:
    readable = owner.execute(
        f"with relation as ({_RELATIONS}) select nspname, relname from relation"
        " where has_schema_privilege('cpw_reader', nspname, 'usage')"
        " and has_any_column_privilege('cpw_reader', format('%I.%I', nspname, relname), 'select')"
    ).fetchall()
    assert {schema for schema, _ in readable} == {"marts"}


def test_reader__may_read_no_column_that_identifies_a_patient(owner: psycopg.Connection) -> None:
    columns = owner.execute(
        "select table_name, column_name from information_schema.columns where table_schema = 'marts'"
        " and has_column_privilege('cpw_reader', format('%I.%I', table_schema, table_name), column_name, 'select')"
    ).fetchall()
    assert len(columns) > 200
    assert not [(table, column) for table, column in columns if IDENTIFIERS.search(column)]


@pytest.mark.parametrize("role", ["auditor", "viewing"])
def test_login__has_what_it_needs_and_nothing_else(owner: psycopg.Connection, role: str) -> None:
    query = (
        f"with relation as ({_RELATIONS}) select nspname, relname from relation"
        f" where has_schema_privilege('cpw_{role}', nspname, 'usage')"
        f" and has_table_privilege('cpw_{role}', format('%I.%I', nspname, relname), '"
    )
    readable = set(owner.execute(f"{query}select')").fetchall())
    assert owner.execute(f"{query}insert, update, delete, truncate')").fetchall() == []
    if role == "viewing":
        assert readable == set()
        return
    assert {schema for schema, _ in readable} == {"quality", "access"}
    assert ("access", "signing_key") not in readable
    assert {("quality", "check_result"), ("quality", "delivery_ledger"), ("access", "viewing")} <= readable


def test_functions_of_access__are_for_those_who_need_them(owner: psycopg.Connection) -> None:
    def may(role: str) -> set[str]:
        rows = owner.execute(
            "select p.proname from pg_proc as p where p.pronamespace = 'access'::regnamespace"
            " and has_function_privilege(%s, p.oid, 'execute')",
            [f"cpw_{role}"],
        )
        return {row[0] for row in rows.fetchall()}

    asked = {
        "app_user",
        "visible_org_unit_key",
        "visible_department_key",
        "own_org_unit_key",
        "is_auditor",
        "is_of_house",
    }
    assert may("reader") == may("analyst") == asked
    assert may("viewing") == {"record_viewing", "standing"}
    assert may("auditor") == {"scope_of", "feed_person", "level_of"}


def test_functions_of_review__are_run_by_views_and_named_by_no_reader(owner: psycopg.Connection) -> None:
    for role in ("reader", "analyst"):
        rows = owner.execute(
            "select p.proname from pg_proc as p where p.pronamespace = 'review'::regnamespace"
            " and has_function_privilege(%s, p.oid, 'execute')",
            [f"cpw_{role}"],
        )
        assert {name for (name,) in rows.fetchall()} == {
            "beginning",
            "shown_comment",
            "shown_dispute",
            "shown_objective",
            "shown_reach",
            "shown_validation",
            "shown_waiting",
            "shown_work",
        }
        assert owner.execute("select has_schema_privilege(%s, 'review', 'usage')", [f"cpw_{role}"]).fetchone() == (
            False,
        )


def test_auditor__reads_who_may_see_what_and_what_was_decided(small_warehouse: BuiltWarehouse) -> None:
    with connection.connect(small_warehouse.settings, "auditor", autocommit=True) as auditor:
        assert auditor.execute("select count(*) > 20 from access.user_scope").fetchone() == (True,)
        assert auditor.execute("select count(*) > 20 from access.person").fetchone() == (True,)
        for table in ("access.decision", "access.viewing", "quality.check_result", "quality.delivery_ledger"):
            auditor.execute(f"select 1 from {table} limit 1")
