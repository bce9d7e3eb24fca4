"""Who sees which rows, asked of the database itself: nothing unless granted, whatever is tried."""

import psycopg
import pytest

from orchestration.postgres import connection
from tests.installations import BuiltWarehouse, as_reader, sign

LEVELS = ["clinician", "department", "division", "executive"]


@pytest.fixture(scope="module")
def people(warehouse: BuiltWarehouse) -> dict[str, str]:
    frame = warehouse.query("select leadership_level, min(user_name) as user_name from marts.person group by 1")
    return dict(zip(frame.leadership_level, frame.user_name, strict=True))


@pytest.fixture(scope="module")
def granted(warehouse: BuiltWarehouse) -> dict[str, set[str]]:
    frame = warehouse.query("select user_name, org_unit_key from marts.access_grant")
    return frame.groupby("user_name")["org_unit_key"].agg(set).to_dict()


def test_nobody__sees_no_row(warehouse: BuiltWarehouse) -> None:
    with as_reader(warehouse.settings, None) as reader:
        for table in ("performance", "measure_record", "dim_org_unit"):
            assert reader.execute(f"select count(*) from marts.{table}").fetchone() == (0,)


@pytest.mark.parametrize("level", LEVELS)
def test_person__sees_the_granted_units_and_no_other(warehouse, people, granted, level) -> None:
    expected = granted[people[level]]
    with as_reader(warehouse.settings, people[level]) as reader:
        seen = {row[0] for row in reader.execute("select distinct org_unit_key from marts.performance_shown")}
        whole = {row[0] for row in reader.execute("select distinct org_unit_key from marts.performance")}
        records = {row[0] for row in reader.execute("select distinct org_unit_key from marts.measure_record")}
    assert seen and seen <= expected
    assert records <= expected
    # All figures of the trust, or the own division or department; of what is below, those without small numbers.
    own = {"division": {"division"}, "executive": {"trust"}}.get(level)
    assert whole and (own is None or {key.split(":")[0] for key in whole} == own)
    # A division whose departments changed is there a second time.
    levels = {key.split(":")[0] for key in expected} - {"division_now"}
    assert (
        levels
        == {
            "clinician": {"post"},
            "department": {"department", "post", "unattributed"},
            "division": {"division", "department"},
            "executive": {"trust", "division", "department"},
        }[level]
    )
    assert bool(records) == (level in {"clinician", "department"})


def test_forged_name__sees_no_row(warehouse, people) -> None:
    """The signature of one person does not carry the name of another, nor does a name without one."""
    for user, signature in [
        (people["executive"], sign(warehouse.settings, people["clinician"])),
        (people["executive"], "0"),
    ]:
        with as_reader(warehouse.settings, user, signature) as reader:
            assert reader.execute("select count(*) from marts.performance").fetchone() == (0,)


def test_reader__can_change_neither_name_nor_data(warehouse, people) -> None:
    forbidden = [
        f"select set_config('app.username', '{people['executive']}', false)",
        "select * from access.signing_key",
        "select * from raw.delivery",
        "select * from staging.stg_pas__patient",
        "select * from intermediate.int_patient",
        "select * from measures.dna_rate",
        "select * from quality.check_result",
        "select * from marts.access_grant",
        "select * from marts.person",
        "delete from marts.performance",
        "create table marts.mine (x int)",
        "create temporary table mine (x int)",
        "select pg_read_file('/etc/passwd')",
        "set role cpw_owner",
        "select query_to_xml('select 1', true, true, '')",
    ]
    for statement in forbidden:
        with (
            as_reader(warehouse.settings, people["clinician"]) as reader,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            reader.execute(statement)


def test_reader__keeps_its_rows_after_set(warehouse, people, granted) -> None:
    """SET of a custom setting is allowed to everybody in PostgreSQL; without the signature it leads nowhere."""
    with as_reader(warehouse.settings, people["clinician"]) as reader:
        reader.execute(psycopg.sql.SQL("set app.username = {}").format(people["executive"]))
        assert reader.execute("select count(*) from marts.performance").fetchone() == (0,)


def test_analyst__reads_marts_and_measures_but_no_identifier(warehouse) -> None:
    with connection.connect(warehouse.settings, "analyst", autocommit=True) as analyst:
        assert analyst.execute("select count(*) > 0 from marts.performance").fetchone() == (True,)
        assert analyst.execute("select count(*) > 0 from measures.dna_rate").fetchone() == (True,)
        for schema, table in (("raw", "pas__patient"), ("staging", "stg_pas__patient")):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                analyst.execute(f"select * from {schema}.{table}")


def test_secrets__are_readable_by_their_owner_alone(warehouse) -> None:
    files = [path for path in warehouse.settings.secrets.rglob("*") if path.is_file()]
    assert files
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_secrets__are_in_no_log(warehouse) -> None:
    secrets = [path.read_bytes() for path in warehouse.settings.secrets.rglob("*") if path.is_file()]
    folders = [warehouse.settings.logs, warehouse.settings.dagster_home, warehouse.settings.dbt_target]
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                assert not [path for secret in secrets if secret in content]
