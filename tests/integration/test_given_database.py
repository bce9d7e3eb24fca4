"""A hospital's own PostgreSQL instead of the embedded one: an ordinary administrator, no superuser, is enough."""

from collections.abc import Callable

import psycopg
import pytest

from orchestration import foundation, settings
from orchestration.postgres import connection, roles, server
from orchestration.settings import Settings
from tests.installations import BuiltWarehouse


@pytest.fixture(scope="module")
def given(new_installation: Callable[[], Settings]) -> Settings:
    """An installation whose database lies on a server that is not its own."""
    hospital = new_installation()
    port = server.start(hospital)
    with connection.open_url(connection.administrator_dsn(hospital, "postgres"), autocommit=True) as administrator:
        administrator.execute("create role hospital_dba login createrole createdb password 'hospital-secret'")
        administrator.execute("create database hospital owner hospital_dba")
    environment = {
        "CPW_HOME": str(new_installation().home),
        "CPW_DATABASE_URL": f"postgresql://hospital_dba:hospital-secret@127.0.0.1:{port}/hospital",
    }
    return settings.load(environment)


def test_prepare__needs_no_superuser_and_can_be_repeated(given: Settings) -> None:
    foundation.lay(given)
    foundation.lay(given)
    built = BuiltWarehouse(given, given.extracts)
    rights = built.query(
        "select rolname, rolsuper or rolbypassrls as is_mighty from pg_roles where rolname like 'cpw%%'"
    )
    others = ["auditor", "owner", "pack", "reader", "review", "superset", "viewing"]
    names = ["cpw_analyst", *(f"cpw_{name}" for name in others)]
    assert sorted(rights.rolname[~rights.rolname.eq(server.ADMINISTRATOR)]) == names
    assert not rights.is_mighty[~rights.rolname.eq(server.ADMINISTRATOR)].any()
    with connection.open_url(roles.superset_dsn(given).replace("+psycopg2", "")) as superset:
        superset.execute("create table of_superset (x int)")


def test_reader__sees_nothing_by_default(given: Settings) -> None:
    foundation.lay(given)
    with connection.connect(given, "reader", autocommit=True) as reader:
        readable = reader.execute(
            "select table_schema, table_name from information_schema.table_privileges where grantee = 'cpw_reader'"
            " and has_schema_privilege('cpw_reader', table_schema, 'usage')"
        ).fetchall()
        # What views of published marts stand on: named by nobody, for the schema is closed.
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("select * from review.comment_shown")
    assert readable == []


def test_server_that_is_too_old__is_told_in_one_sentence(given: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roles, "MINIMUM_VERSION", 990000)
    with pytest.raises(
        connection.DatabaseError, match=r"PostgreSQL 18 or newer is needed; this server is version 18\."
    ):
        roles.prepare(given)
