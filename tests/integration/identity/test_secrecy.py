"""Who is who is told to nobody but the owner; the key is nowhere but in its file; no identifier is served."""

from collections.abc import Iterator

import psycopg
import pytest

from orchestration.identity import key
from orchestration.postgres import connection, roles
from tests.installations import BuiltWarehouse

# As the synthetic trust writes hospital numbers (a default consultant code looks alike) and NHS numbers.
HOSPITAL_NUMBER, NHS_NUMBER = r"\m(?!N9999998)[NTV][0-9]{7}\M", r"\m999[0-9]{7}\M"
# The first holds the question itself; the others cannot be read everywhere, or only as a table of pieces.
NOT_SEARCHED = {"pg_stat_activity", "pg_largeobject", "pg_shmem_allocations_numa", "pg_buffercache_numa"}
TABLES = """
select n.nspname, c.relname from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid
where c.relkind in ('r', 'v', 'm') order by 1, 2
"""


@pytest.fixture
def administrator(small_warehouse: BuiltWarehouse) -> Iterator[psycopg.Connection]:
    with connection.open_url(connection.administrator_dsn(small_warehouse.settings), autocommit=True) as opened:
        yield opened


@pytest.mark.parametrize("role", ["analyst", "reader"])
def test_identity__can_be_read_by_no_other_role(small_warehouse: BuiltWarehouse, administrator, role) -> None:
    tables = [name for schema, name in administrator.execute(TABLES) if schema == "identity"]
    assert set(tables) == {"clinician_code", "pseudonym", "pseudonym_key", "int_patient_identity"}
    with connection.connect(small_warehouse.settings, role, autocommit=True) as curious:
        for table in tables:
            for statement in ("select * from identity.{0}", "copy identity.{0} to stdout", "table identity.{0}"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    curious.execute(statement.format(table))
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                curious.execute(f"insert into identity.{table} select * from identity.{table}")
    reached = administrator.execute(
        "select count(*) from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid"
        " where n.nspname = 'identity' and has_table_privilege(%s, c.oid, 'select')",
        [f"cpw_{role}"],
    ).fetchone()
    assert reached == (0,)


def test_identity__cannot_be_reached_by_the_role_of_superset(small_warehouse: BuiltWarehouse) -> None:
    url = roles.superset_dsn(small_warehouse.settings).replace("+psycopg2", "").rsplit("/", 1)[0] + "/cpw"
    with pytest.raises(connection.DatabaseError, match="does not have CONNECT privilege"):
        connection.open_url(url)


def test_key__is_nowhere_in_the_database(small_warehouse: BuiltWarehouse, administrator) -> None:
    """Neither in a table of ours nor in the catalogue: statements, comments, statistics, settings, functions."""
    secret = (small_warehouse.settings.secrets / key.FILE).read_text()
    tables = [(schema, name) for schema, name in administrator.execute(TABLES) if name not in NOT_SEARCHED]
    assert len(tables) > 150
    for table in tables:
        query = psycopg.sql.SQL("select exists (select from {} as row where strpos(row::text, %s) > 0)")
        found = administrator.execute(query.format(psycopg.sql.Identifier(*table)), [secret]).fetchone()
        assert found == (False,), table


def test_key__is_in_no_file_but_its_own(small_warehouse: BuiltWarehouse) -> None:
    """Nor in the database's own files, its log of changes included."""
    home = small_warehouse.settings.home
    secret = (small_warehouse.settings.secrets / key.FILE).read_bytes()
    files = [path for path in home.rglob("*") if path.is_file() and not path.is_symlink()]
    assert any(path.is_relative_to(home / "postgres" / "pg_wal") for path in files)
    assert [path.name for path in files if secret in path.read_bytes()] == [key.FILE]


@pytest.mark.parametrize("schema", ["marts", "measures", "quality", "intermediate"])
def test_identifiers__are_in_nothing_that_others_read(administrator, schema) -> None:
    tables = [name for of, name in administrator.execute(TABLES) if of == schema]
    assert tables
    for table in tables:
        for pattern in (HOSPITAL_NUMBER, NHS_NUMBER):
            found = administrator.execute(
                psycopg.sql.SQL("select row::text from {} as row where row::text ~ %s limit 1").format(
                    psycopg.sql.Identifier(schema, table)
                ),
                [pattern],
            ).fetchone()
            assert found is None, (table, found)


def test_identifiers__are_found_by_the_patterns_that_look_for_them(administrator) -> None:
    for pattern in (HOSPITAL_NUMBER, NHS_NUMBER):
        query = "select count(*) from raw.pas__patient as row where row::text ~ %s"
        assert administrator.execute(query, [pattern]).fetchone()[0] > 1000
